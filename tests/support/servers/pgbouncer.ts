import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../../lib/concurrency/deadline.ts';
import { freePort } from '../../../lib/offline/ports.ts';
import { connect } from '../../../lib/sql/client.ts';
import { configOf, type Login } from '../database/database.ts';
import { launch } from './launch.ts';

const UP_WITHIN_MS = 10_000;
/** Fewer connections than clients, so that the clients take turns. */
const CONNECTIONS = 3;

const env = { PATH: `${process.env['PATH']}:/usr/sbin` };

/** Whether this version can keep prepared statements in transaction mode: from 1.21 on; from 1.24 on it does by default.
 * Older ones refuse to start with a setting that they do not know. */
async function keepsStatements(): Promise<boolean> {
  const { stdout } = await promisify(execFile)('pgbouncer', ['--version'], { env });
  const [, major = 0, minor = 0] = /^PgBouncer (\d+)\.(\d+)/m.exec(stdout) ?? [];
  return Number(major) > 1 || Number(minor) >= 21;
}

/** Starts a PgBouncer in transaction mode in front of this server. The system's package must be installed.
 * @param connections to the server */
export async function startPgbouncer(
  server: Login,
  connections = CONNECTIONS,
): Promise<{ host: string; port: number; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'poleparty-pgbouncer-'));
  const [host, port] = ['127.0.0.1', await freePort()];
  const settings = join(folder, 'pgbouncer.ini');
  await writeFile(
    settings,
    `[databases]
* = host=${server.host} port=${server.port} user=${server.user} password=${server.password}
[pgbouncer]
listen_addr = ${host}
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 500
${(await keepsStatements()) ? 'max_prepared_statements = 0' : ''}
`,
  );
  // It does not run as root, and reads its settings before it changes the user.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const bouncer = launch(['pgbouncer', ...user, settings], { cwd: folder, env });
  const stop = async () => {
    if (!bouncer.hasExited()) process.kill(bouncer.pid, 'SIGTERM');
    await bouncer.exited;
    await rm(folder, { recursive: true, force: true });
  };
  const sql = connect({ ...configOf({ ...server, host, port }, 'postgres', 1), prepare: false });
  try {
    await until(() => sql`select 1`, UP_WITHIN_MS, bouncer.hasExited);
  } catch (cause) {
    await stop();
    throw new Error(`PgBouncer did not come up: ${bouncer.output()}`, { cause });
  } finally {
    await sql.end();
  }
  return { host, port, stop };
}
