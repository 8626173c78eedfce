import { type KafkaConfig, kafkaConfig, postgresConfig, type SigningKeys, signingKeys } from './config.ts';
import { type Env, text, whole } from './environment.ts';

/** What `npm start` and the commands read from the environment, beside what functions read (config.ts). */

/** Settings of `npm start`: its ports, and which servers it embeds. */
export interface LocalConfig {
  httpPort: number;
  websocketPort: number;
  kafkaPort: number;
  /** Holds the embedded servers' data and the generated secrets. */
  dataFolder: string;
  /** False when the environment names an external server. */
  embedsPostgres: boolean;
  embedsKafka: boolean;
}

export function localConfig(env: Env = process.env): LocalConfig {
  return {
    httpPort: whole(env, 'PORT', 3000),
    websocketPort: whole(env, 'WEBSOCKET_PORT', 3001),
    kafkaPort: whole(env, 'KAFKA_PORT', 9092),
    dataFolder: text(env, 'DATA_FOLDER', '.poleparty'),
    embedsPostgres: !env['POSTGRES_HOST'],
    embedsKafka: !env['KAFKA_BROKERS'],
  };
}

/** Config for the commands, which default to the embedded broker of `npm start`. */
export function commandKafkaConfig(env: Env = process.env): KafkaConfig {
  const embedded = `127.0.0.1:${localConfig(env).kafkaPort}`;
  return kafkaConfig({ ...env, KAFKA_BROKERS: env['KAFKA_BROKERS'] || embedded });
}

/** The signing keys of commands: those of the environment, or else those that `npm start` made. On AWS, keys from
 * here would sign what the functions reject. */
export function commandSigningKeys(
  local: { SIGNING_KEYS: string } | undefined,
  env: Env = process.env,
): SigningKeys {
  const isRemote = postgresConfig(env).auth === 'iam';
  return signingKeys(env['SIGNING_KEYS'] || isRemote ? env : { ...env, ...local });
}

/** The key with which the command `polls create` creates polls. */
export function creationKey(env: Env = process.env): string | undefined {
  return env['CREATION_KEY'] || undefined;
}
