import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../errors.ts';
import { describeProcess } from './processes.ts';

/** What a start looks like among the processes. */
const START = /(serverless|sls|osls)(\.js)? offline/;

/**
 * Takes the data folder for this process until it exits.
 *
 * @throws StartError when another start has it
 */
export function lockDataFolder(folder: string): void {
  const file = join(folder, 'started-by');
  const holder = holderOf(file);
  if (holder !== undefined) {
    throw new StartError(
      `The system already runs here, as process ${holder}. Stop that one first, or set DATA_FOLDER to another folder ` +
        '(and PORT, WEBSOCKET_PORT, POSTGRES_PORT and KAFKA_PORT to other ports).',
    );
  }
  writeFileSync(file, `${process.pid}`);
  process.once('exit', () => rmSync(file, { force: true }));
}

/** A process that was killed leaves its file behind, and its number may be another's by now. */
function holderOf(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8'));
  return START.test(describeProcess(pid)?.command ?? '') ? pid : undefined;
}
