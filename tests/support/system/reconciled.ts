import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const COMMAND = resolve(import.meta.dirname, '../../../lib/operators/reconcileCommand.ts');

/** What `npm run reconcile` says about the database on this port. */
export function reconciled(postgresPort: number): { exitCode: number | null; said: unknown } {
  const env = { ...process.env, POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: `${postgresPort}` };
  const { status, stdout } = spawnSync(process.execPath, [COMMAND], { env, encoding: 'utf8' });
  return { exitCode: status, said: JSON.parse(stdout) };
}

export const NO_DRIFT = { exitCode: 0, said: { drift: [], repaired: false } };
