import type { Context } from 'aws-lambda';
import type { FreshDatabase } from '../database/database.ts';

type Env = Record<string, string | undefined>;

/** The signing keys of functions that a test loads, if it names no others. */
export const SIGNING_KEYS = `k1:${'s'.repeat(32)}`;

/** The environment of functions that count in this database, and read and write the shared broker. */
export function environmentOn({ config }: Pick<FreshDatabase, 'config'>): Env {
  return {
    POSTGRES_HOST: config.host,
    POSTGRES_PORT: `${config.port}`,
    POSTGRES_DB: config.database,
    KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'],
    KAFKA_REPLICATION: '1',
    SIGNING_KEYS,
  };
}

/** Loads a function with this environment, which its module scope reads: so one environment per test file.
 * @param name its file in `functions/`, such as `kafka/tallyVotes` */
export async function loadHandler<Event, Answer = unknown>(
  name: string,
  env: Env,
): Promise<(event: Event) => Promise<Answer>> {
  Object.assign(process.env, env);
  const { handler } = await import(`../../../functions/${name}.ts`);
  return (event) => handler(event, {} as Context);
}
