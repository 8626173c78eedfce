import { until } from '../concurrency/deadline.ts';
import type { PostgresConfig } from '../config.ts';
import { errorCode } from '../errors.ts';
import { connect } from './client.ts';
import { closeAfter } from './closeAfter.ts';
import { isPostgresAway, isPostgresBusy } from './database.ts';

/** Login refused. With IAM it may be a permission that is seconds old. */
const REFUSED_SQLSTATE = /^28...$/;

/** Waits until the server answers: a paused one has to wake up, a new one to be found, a new role to be known.
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
