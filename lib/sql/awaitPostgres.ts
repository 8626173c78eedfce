import { until } from '../concurrency/deadline.ts';
import type { PostgresConfig } from '../config.ts';
import { errorCode } from '../errors.ts';
import { connect } from './client.ts';
import { closeAfter } from './closeAfter.ts';
import { isPostgresAway, isPostgresBusy } from './database.ts';

/** The login was refused. With IAM, the permission may be too new to be in effect. */
const REFUSED_SQLSTATE = /^28...$/;

/** Waits until the server answers: a paused server has to wake up, the name of a new server and a new role have to
 * become known.
 * @param pauseMs between two attempts
 * @throws the last error after `limitMs`; throws at once if waiting cannot help */
export async function awaitPostgres(config: PostgresConfig, limitMs: number, pauseMs: number): Promise<void> {
  const attempt = async () => {
    const sql = connect({ ...config, poolSize: 1 });
    await closeAfter(sql, sql`select`.execute());
  };
  const mayPass = (error: unknown) =>
    isPostgresAway(error) || isPostgresBusy(error) || REFUSED_SQLSTATE.test(errorCode(error) ?? '');
  await until(attempt, limitMs, (error) => !mayPass(error), pauseMs);
}
