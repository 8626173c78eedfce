/** The only place that reads the environment. Each group is read when a function first asks for it, so a
 * function names only the variables that it needs. A missing or malformed one throws, naming it. */
import { ConfigError } from './errors.ts';

type Env = Record<string, string | undefined>;

function text(env: Env, name: string, fallback?: string): string {
  const value = env[name] || fallback;
  if (value === undefined) throw new ConfigError(`The environment variable ${name} is not set.`);
  return value;
}

function whole(env: Env, name: string, fallback: number, least = 1, most = 65_535): number {
  const value = Number(env[name] || fallback);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ConfigError(`${name} must be a whole number from ${least} to ${most}, not "${env[name]}".`);
}

function oneOf<T extends string>(env: Env, name: string, fallback: T, allowed: readonly T[]): T {
  const value = env[name] || fallback;
  const match = allowed.find((one) => one === value);
  if (match !== undefined) return match;
  throw new ConfigError(`${name} must be one of ${allowed.join(', ')}, not "${value}".`);
}

export interface PostgresConfig {
  host: string;
  port: number;
  user: string;
  /** Absent with IAM authentication, where a token is made for each connection. */
  password: string | undefined;
  database: string;
  auth: 'password' | 'iam';
  tls: 'off' | 'verify';
  poolSize: number;
  /** False behind a pooler that gives a connection to somebody else after each transaction. */
  prepare: boolean;
  region: string | undefined;
}

export function postgresConfig(env: Env = process.env): PostgresConfig {
  const auth = oneOf(env, 'POSTGRES_AUTH', 'password', ['password', 'iam'] as const);
  return {
    host: text(env, 'POSTGRES_HOST', 'localhost'),
    port: whole(env, 'POSTGRES_PORT', 5432),
    user: text(env, 'POSTGRES_USER', 'poleparty'),
    password: auth === 'password' ? text(env, 'POSTGRES_PASSWORD', 'poleparty') : undefined,
    database: text(env, 'POSTGRES_DB', 'poleparty'),
    auth,
    tls: oneOf(env, 'POSTGRES_TLS', auth === 'iam' ? 'verify' : 'off', ['off', 'verify'] as const),
    // One Lambda environment serves one invocation at a time; the emulator, all of them at once.
    poolSize: whole(env, 'POSTGRES_POOL_SIZE', 1, 1, 100),
    prepare: oneOf(env, 'POSTGRES_PREPARE', 'true', ['true', 'false'] as const) === 'true',
    region: env['AWS_REGION'],
  };
}

/** Kafka takes 249 characters of these for a topic's name. */
const TOPIC_PREFIX = /^[A-Za-z0-9._-]{0,100}$/;

function prefix(env: Env, name: string): string {
  const value = env[name] ?? '';
  if (TOPIC_PREFIX.test(value)) return value;
  throw new ConfigError(`${name} must be up to 100 of a–z, A–Z, 0–9, ".", "_" and "-", not "${value}".`);
}

export interface KafkaConfig {
  brokers: string[];
  clientId: string;
  groupId: string;
  /** Of our topics' names on the cluster, and of the groups'. */
  topicPrefix: string;
  auth: 'none' | 'iam';
  votesPartitions: number;
  /** A replay can go back so far. */
  votesRetentionDays: number;
  /** The fan-out shards: a connection belongs to one partition of `standings`. */
  standingsPartitions: number;
  replication: number;
  region: string | undefined;
}

export function kafkaConfig(env: Env = process.env): KafkaConfig {
  return {
    brokers: text(env, 'KAFKA_BROKERS').split(','),
    clientId: text(env, 'KAFKA_CLIENT_ID', 'polling-app'),
    groupId: text(env, 'KAFKA_GROUP_ID', 'polling-group'),
    topicPrefix: prefix(env, 'KAFKA_TOPIC_PREFIX'),
    auth: oneOf(env, 'KAFKA_AUTH', 'none', ['none', 'iam'] as const),
    votesPartitions: whole(env, 'VOTES_PARTITIONS', 12, 1, 1_000),
    votesRetentionDays: whole(env, 'VOTES_RETENTION_DAYS', 7, 1, 3_650),
    standingsPartitions: whole(env, 'STANDINGS_PARTITIONS', 4, 1, 1_000),
    replication: whole(env, 'KAFKA_REPLICATION', 3, 1, 10),
    region: env['AWS_REGION'],
  };
}

export interface SigningKey {
  kid: string;
  secret: string;
}

/** For receipts and owner tokens: the first signs, all of them verify. */
export type SigningKeys = [SigningKey, ...SigningKey[]];

const MIN_SECRET_CHARACTERS = 32;

function secret(name: string, value: string): string {
  if (value.length >= MIN_SECRET_CHARACTERS) return value;
  throw new ConfigError(`${name} must have at least ${MIN_SECRET_CHARACTERS} characters.`);
}

/** `SIGNING_KEYS` is `kid:secret`, newest first, separated by commas. */
export function signingKeys(env: Env = process.env): SigningKeys {
  const [first, ...rest] = text(env, 'SIGNING_KEYS').split(',').map(signingKey);
  if (!first) throw new ConfigError('SIGNING_KEYS is empty.');
  const kids = [first, ...rest].map(({ kid }) => kid);
  const repeated = kids.find((kid, at) => kids.indexOf(kid) < at);
  if (repeated === undefined) return [first, ...rest];
  throw new ConfigError(
    `SIGNING_KEYS has two keys with the id "${repeated}": one of them could verify nothing.`,
  );
}

function signingKey(entry: string): SigningKey {
  const [kid = '', value = '', ...more] = entry.split(':');
  if (!/^[a-z0-9]{1,8}$/.test(kid)) throw new ConfigError('SIGNING_KEYS: a key id is 1–8 of a–z, 0–9.');
  if (more.length > 0) throw new ConfigError(`SIGNING_KEYS: the secret of "${kid}" must not hold a colon.`);
  return { kid, secret: secret('SIGNING_KEYS', value) };
}

/** Turns user ids into voter keys. Changing it lets everybody vote a second time, so it never rotates. */
export function voterSecret(env: Env = process.env): string {
  return secret('VOTER_SECRET', text(env, 'VOTER_SECRET'));
}

/** Whose tokens tell who votes. */
export interface TokenIssuer {
  /** As tokens name it. */
  issuer: string;
  /** A token is for one of them at least. */
  audiences: string[];
  /** Where the issuer's public keys are. */
  jwksUrl: string;
}

function httpUrl(env: Env, name: string, fallback: string): string {
  const value = text(env, name, fallback);
  if (/^https?:$/.test(URL.parse(value)?.protocol ?? '')) return value;
  throw new ConfigError(`${name} must be an http or https URL, not "${value}".`);
}

/** Undefined where a vote itself says whose it is. */
export function tokenIssuer(env: Env = process.env): TokenIssuer | undefined {
  if (oneOf(env, 'VOTER_AUTH', 'open', ['open', 'jwt'] as const) === 'open') return undefined;
  const issuer = text(env, 'JWT_ISSUER');
  return {
    issuer,
    audiences: text(env, 'JWT_AUDIENCE').split(','),
    jwksUrl: httpUrl(env, 'JWT_JWKS_URL', `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`),
  };
}

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

export interface RealtimeConfig {
  /** The @connections endpoint, `https://{api}.execute-api.{region}.amazonaws.com/{stage}` on AWS. */
  endpoint: string;
  region: string;
  /** Lambda sets them; without any, as locally, posts are not signed. */
  credentials: AwsCredentials | undefined;
}

function credentials(env: Env): AwsCredentials | undefined {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: env['AWS_SESSION_TOKEN'] || undefined };
}

/** For what only AWS can be asked for with IAM. */
export function awsCredentials(env: Env = process.env): AwsCredentials {
  const found = credentials(env);
  if (found) return found;
  throw new ConfigError('IAM authentication needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
}

export function realtimeConfig(env: Env = process.env): RealtimeConfig {
  return {
    endpoint: text(env, 'WEBSOCKET_ENDPOINT', 'http://localhost:3001'),
    region: text(env, 'AWS_REGION', 'us-east-1'),
    credentials: credentials(env),
  };
}

/** How many messages may be posted to connections. */
export interface PostBudget {
  /** Over all shards. */
  postsPerSecond: number;
  /** Each has an equal part. */
  shards: number;
}

export function postBudget(env: Env = process.env): PostBudget {
  return {
    // An account has 10,000 requests a second, and every call of the HTTP API takes from the same.
    postsPerSecond: whole(env, 'POSTS_PER_SECOND', 8_000, 1, 1_000_000),
    shards: whole(env, 'STANDINGS_PARTITIONS', 4, 1, 1_000),
  };
}

/** The pages that may open a WebSocket, as `https://polls.example.com`; undefined where any may. */
export function allowedOrigins(env: Env = process.env): string[] | undefined {
  const origins = text(env, 'ALLOWED_ORIGINS', '*');
  return origins === '*' ? undefined : origins.split(',').map((origin) => origin.trim());
}

/** Where webhooks may go: https to public addresses, or, for local use, anything that speaks HTTP. */
export type WebhookTargets = 'public' | 'any';

export function webhookTargets(env: Env = process.env): WebhookTargets {
  return oneOf(env, 'WEBHOOK_TARGETS', 'public', ['public', 'any'] as const);
}

/** For the commands: the broker that `npm start` brings along, unless others are named. */
export function commandKafkaConfig(env: Env = process.env): KafkaConfig {
  const embedded = `127.0.0.1:${localConfig(env).kafkaPort}`;
  return kafkaConfig({ ...env, KAFKA_BROKERS: env['KAFKA_BROKERS'] || embedded });
}

/** Of `npm start` alone: which ports to take, and which servers to bring along. */
export interface LocalConfig {
  httpPort: number;
  websocketPort: number;
  kafkaPort: number;
  /** Where the embedded servers keep their data and we our secrets. */
  dataFolder: string;
  /** False when the environment names a server to use instead. */
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
