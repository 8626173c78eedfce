import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LocalConfig, tokenIssuer } from '../config.ts';
import { normalizeRequests } from './normalizeRequests.ts';
import { freePort } from './ports.ts';
import type { Serverless } from './serverlessTypes.ts';

/**
 * Tells serverless-offline where to listen, and that functions see our own environment: what `serverless.yml`
 * gives them is for AWS, and would be written over it.
 */
export async function configureEmulator({ service }: Serverless, config: LocalConfig): Promise<void> {
  Object.assign(service.custom['serverless-offline'], {
    httpPort: config.httpPort,
    websocketPort: config.websocketPort,
    // For AWS SDKs that invoke a function; nothing of ours does, so any port will do.
    lambdaPort: await freePort(),
    useInProcess: true,
    noSponsor: true,
    // As on AWS: what other pages of localhost keep in cookies is not our business.
    disableCookieValidation: true,
    // As on AWS: `$connect` has its authorizer only where votes take a token.
    noAuth: tokenIssuer() === undefined,
  });
  service.custom['serverless-offline-msk-event-source'] = { instance: await emulatorId(config.dataFolder) };
  normalizeRequests();
  delete service.provider.environment;
  for (const definition of Object.values(service.functions)) delete definition.environment;
}

/** The name by which Kafka knows the consumers of this folder's starts, one after the other: a start that was killed
 * is still among the members of its groups for some seconds, and the next one has to know its own. */
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
