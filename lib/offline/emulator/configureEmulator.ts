import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tokenIssuer } from '../../config.ts';
import type { LocalConfig } from '../../localConfig.ts';
import type { Serverless } from '../serverlessTypes.ts';
import { answerAsProblems } from './answerAsProblems.ts';
import { answerTimeouts } from './answerTimeouts.ts';
import { closeInvocations } from './closeInvocations.ts';
import { deliverPosts } from './deliverPosts.ts';
import { MessageLanes } from './messageLanes.ts';
import { normalizeRequests } from './normalizeRequests.ts';
import { orderFrames } from './orderFrames.ts';
import { rememberHandlers } from './rememberHandlers.ts';
import { replaceScheduler } from './runScheduled.ts';
import { finishMessages, serveWebSockets } from './serveWebSockets.ts';
import { replaceWebSocketServer } from './webSocketEmulator.ts';

/**
 * Configures serverless-offline: its ports, and the environment of the functions. The variables of `serverless.yml` are
 * removed, because they are for AWS and would override those of this process.
 */
export async function configureEmulator(
  { service }: Serverless,
  config: LocalConfig,
  host: string,
): Promise<void> {
  Object.assign(service.custom['serverless-offline'], {
    host,
    httpPort: config.httpPort,
    websocketPort: config.websocketPort,
    // As on AWS; otherwise cookies of other pages on localhost can fail a request.
    disableCookieValidation: true,
    // As on AWS: `$connect` has an authorizer only if votes need a token.
    noAuth: tokenIssuer() === undefined,
  });
  service.custom['serverless-offline-msk-event-source'] = {
    instance: await emulatorId(config.dataFolder),
    // Counting and posting would delay every request in the emulator's own thread.
    thread: true,
    imports: [new URL('kafkaThread.ts', import.meta.url).href],
  };
  normalizeRequests();
  answerAsProblems();
  rememberHandlers();
  await closeInvocations();
  await orderFrames();
  await replaceScheduler();
  await answerTimeouts();
  const lanes = new MessageLanes();
  await finishMessages(lanes);
  await replaceWebSocketServer((server, clients) => {
    deliverPosts(server, clients);
    serveWebSockets(server, clients, lanes);
  });
  delete service.provider.environment;
  for (const definition of Object.values(service.functions)) delete definition.environment;
}

/** Returns the name that the consumers of this folder use in Kafka, the same for every start. The consumers of a killed
 * start stay in their groups for some seconds, and the next start has to recognize them as its own. */
export async function emulatorId(folder: string): Promise<string> {
  const file = join(folder, 'emulator-id');
  const kept = await readFile(file, 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (kept) return kept;
  const id = `poleparty-emulator-${randomUUID()}`;
  await writeFile(file, id);
  return id;
}
