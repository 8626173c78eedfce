import { until } from '../concurrency/deadline.ts';
import type { PostgresConfig } from '../config.ts';
import { connect } from './client.ts';
import { closeAfter } from './closeAfter.ts';
import { isMisconfigured, isPostgresAway, isPostgresBusy } from './faults.ts';

/** Waits until the server answers: a paused one has to wake up, a new one to be found, a new role and its permission to
 * log in by IAM to be known.
 * @param pauseMs between two attempts
 * @throws the last error after `limitMs`; throws at once if waiting cannot help */
export async function awaitPostgres(config: PostgresConfig, limitMs: number, pauseMs: number): Promise<void> {
  const attempt = async () => {
    const sql = connect({ ...config, poolSize: 1 });
    await closeAfter(sql, sql`select`.execute());
  };
  const mayPass = (error: unknown) =>
    (isPostgresAway(error) || isPostgresBusy(error)) && !isMisconfigured(error);
  await until(attempt, limitMs, (error) => !mayPass(error), pauseMs);
}
