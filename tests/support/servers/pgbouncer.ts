import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../lib/concurrency/deadline.ts';
import { freePort } from '../../../lib/offline/ports.ts';
import { connect } from '../../../lib/sql/client.ts';
import { configOf, type Login } from '../database/database.ts';
import { launch } from './launch.ts';

const UP_WITHIN_MS = 10_000;
/** Fewer connections than clients, so that the clients take turns. */
const CONNECTIONS = 3;

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
`,
  );
  const path = `${process.env['PATH']}:/usr/sbin`;
  // It does not run as root, and reads its settings before it changes the user.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const bouncer = launch(['pgbouncer', ...user, settings], { cwd: folder, env: { PATH: path } });
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
