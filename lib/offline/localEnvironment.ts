import type { LocalConfig } from '../config.ts';
import type { Secrets } from './secrets.ts';

type Env = Record<string, string | undefined>;

/** For each function, of which a dozen may be at work: PostgreSQL takes 100 connections in all. Counting on
 * 2 cores is as fast with 2, and slower with 10. */
const POOL_SIZE = 4;

/**
 * What the functions are told locally. What the user has set stays.
 *
 * @returns the variables to set
 */
export function localEnvironment(config: LocalConfig, secrets: Secrets, env: Env): Record<string, string> {
  const defaults = {
    NODE_ENV: 'development',
    POSTGRES_POOL_SIZE: `${POOL_SIZE}`,
    WEBSOCKET_ENDPOINT: `http://localhost:${config.websocketPort}`,
    // The emulator checks no signature, but posts are signed as on AWS.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...secrets,
    ...(config.embedsPostgres ? { POSTGRES_HOST: '127.0.0.1' } : {}),
    ...(config.embedsKafka ? { KAFKA_BROKERS: `127.0.0.1:${config.kafkaPort}`, KAFKA_REPLICATION: '1' } : {}),
  };
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !env[name]));
}
