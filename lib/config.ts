import { withoutBrackets } from './addresses.ts';
import {
  brokerList,
  type Env,
  httpUrl,
  oneOf,
  optionalUrl,
  text,
  topicPrefix,
  whole,
} from './environment.ts';
import { ConfigError } from './errors.ts';
import { longSecret, parseSigningKeys, type SigningKeys } from './signingKeys.ts';

export type { SigningKey, SigningKeys } from './signingKeys.ts';

/** What functions read from the environment; localConfig.ts has what only `npm start` and the commands read. Each group
 * is read on first use, so a function needs only the variables of the groups it uses. A missing or malformed variable
 * throws an error that names it. */

export interface PostgresConfig {
  host: string;
  port: number;
  user: string;
  /** Undefined with IAM authentication, which creates a token for each connection. */
  password: string | undefined;
  database: string;
  auth: 'password' | 'iam';
  tls: 'off' | 'verify';
  poolSize: number;
  /** False behind a pooler that switches connections after each transaction. */
  prepare: boolean;
  region: string | undefined;
}

export function postgresConfig(env: Env = process.env): PostgresConfig {
  const auth = oneOf(env, 'POSTGRES_AUTH', 'password', ['password', 'iam'] as const);
  return {
    host: withoutBrackets(text(env, 'POSTGRES_HOST', 'localhost')),
    port: whole(env, 'POSTGRES_PORT', 5432),
    user: text(env, 'POSTGRES_USER', 'poleparty'),
    password: auth === 'password' ? text(env, 'POSTGRES_PASSWORD', 'poleparty') : undefined,
    database: text(env, 'POSTGRES_DB', 'poleparty'),
    auth,
    tls: oneOf(env, 'POSTGRES_TLS', auth === 'iam' ? 'verify' : 'off', ['off', 'verify'] as const),
    // A Lambda environment serves one invocation at a time; the emulator serves all of them at once.
    poolSize: whole(env, 'POSTGRES_POOL_SIZE', 1, 1, 100),
    prepare: oneOf(env, 'POSTGRES_PREPARE', 'true', ['true', 'false'] as const) === 'true',
    region: env['AWS_REGION'],
  };
}

/** For how many days after its end a poll is kept; 0 for ever. */
export function retainDays(env: Env = process.env): number {
  return whole(env, 'RETAIN_DAYS', 0, 0, 3_650);
}

/** The master user of a server that has neither role nor database for the functions yet. Undefined where both exist.
 * It needs another database to connect to; every server has `postgres`. */
export function postgresMaster(env: Env = process.env): PostgresConfig | undefined {
  const user = env['POSTGRES_MASTER_USER'];
  return user ? { ...postgresConfig(env), user, database: 'postgres' } : undefined;
}

export interface KafkaConfig {
  brokers: string[];
  clientId: string;
  groupId: string;
  /** Prefix of topic names and consumer group names. */
  topicPrefix: string;
  auth: 'none' | 'iam';
  votesPartitions: number;
  /** How far back a replay can go. */
  votesRetentionDays: number;
  /** The number of fan-out shards. A connection belongs to one partition of `standings`. */
  standingsPartitions: number;
  replication: number;
  region: string | undefined;
}

export function kafkaConfig(env: Env = process.env): KafkaConfig {
  return {
    brokers: brokerList(env, 'KAFKA_BROKERS'),
    clientId: text(env, 'KAFKA_CLIENT_ID', 'polling-app'),
    groupId: text(env, 'KAFKA_GROUP_ID', 'polling-group'),
    topicPrefix: topicPrefix(env, 'KAFKA_TOPIC_PREFIX'),
    auth: oneOf(env, 'KAFKA_AUTH', 'none', ['none', 'iam'] as const),
    votesPartitions: whole(env, 'VOTES_PARTITIONS', 12, 1, 1_000),
    votesRetentionDays: whole(env, 'VOTES_RETENTION_DAYS', 7, 1, 3_650),
    standingsPartitions: standingsPartitions(env),
    replication: whole(env, 'KAFKA_REPLICATION', 3, 1, 10),
    region: env['AWS_REGION'],
  };
}

/** Reads `SIGNING_KEYS`. */
export function signingKeys(env: Env = process.env): SigningKeys {
  return parseSigningKeys(text(env, 'SIGNING_KEYS'));
}

/** Turns user ids into voter keys. It never rotates: a new secret would let everyone vote again. */
export function voterSecret(env: Env = process.env): string {
  return longSecret('VOTER_SECRET', text(env, 'VOTER_SECRET'));
}

/** The issuer of voters' tokens. */
export interface TokenIssuer {
  /** The expected `iss` claim. */
  issuer: string;
  /** A token must name at least one of them. */
  audiences: string[];
  jwksUrl: string;
}

/** Undefined where votes carry a `user_id` instead of a token. */
export function tokenIssuer(env: Env = process.env): TokenIssuer | undefined {
  if (oneOf(env, 'VOTER_AUTH', 'open', ['open', 'jwt'] as const) === 'open') return undefined;
  const issuer = text(env, 'JWT_ISSUER');
  return {
    issuer,
    audiences: text(env, 'JWT_AUDIENCE').split(','),
    jwksUrl: httpUrl(env, 'JWT_JWKS_URL', `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`),
  };
}

/** Who creates polls: everybody, or holders of a creation key. */
export type CreateAuth = 'open' | 'key';

export function createAuth(env: Env = process.env): CreateAuth {
  return oneOf(env, 'CREATE_AUTH', 'open', ['open', 'key'] as const);
}

const MAX_PER_MINUTE = 1_000_000;

/** Votes a minute that one instance takes from one source address; 0 is no limit. */
export function votesPerMinute(env: Env = process.env): number {
  return whole(env, 'VOTES_PER_MINUTE', 0, 0, MAX_PER_MINUTE);
}

/** Like `votesPerMinute`, for new polls. */
export function creationsPerMinute(env: Env = process.env): number {
  return whole(env, 'CREATIONS_PER_MINUTE', 0, 0, MAX_PER_MINUTE);
}

/** The dimensions of the metrics that functions write for CloudWatch; undefined if nobody reads them. */
export function metricsDimensions(env: Env = process.env): { service: string; stage: string } | undefined {
  const [service, stage] = [env['METRICS_SERVICE'], env['METRICS_STAGE']];
  return service && stage ? { service, stage } : undefined;
}

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

/** An API of AWS. */
export interface AwsApi {
  endpoint: string;
  region: string;
  credentials: AwsCredentials;
}

/** @param service as AWS names it, such as `kafka`. `AWS_ENDPOINT_URL_KAFKA`, which AWS's own tools know, is another
 * endpoint for it. @throws ConfigError without credentials */
export function awsApi(service: string, env: Env = process.env): AwsApi {
  const region = text(env, 'AWS_REGION', 'us-east-1');
  const name = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
  const endpoint = httpUrl(env, name, `https://${service}.${region}.amazonaws.com`);
  return { endpoint: endpoint.replace(/\/$/, ''), region, credentials: awsCredentials(env) };
}

export interface RealtimeConfig {
  /** The @connections endpoint; on AWS `https://{api}.execute-api.{region}.amazonaws.com/{stage}`. */
  endpoint: string;
  region: string;
  /** Set by Lambda. Posts are unsigned without them, as in local use. */
  credentials: AwsCredentials | undefined;
}

function credentials(env: Env): AwsCredentials | undefined {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: env['AWS_SESSION_TOKEN'] || undefined };
}

/** Credentials for AWS services that require IAM. */
export function awsCredentials(env: Env = process.env): AwsCredentials {
  const found = credentials(env);
  if (found) return found;
  throw new ConfigError('IAM authentication needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
}

export function realtimeConfig(env: Env = process.env): RealtimeConfig {
  return {
    endpoint: httpUrl(env, 'WEBSOCKET_ENDPOINT', 'http://localhost:3001'),
    region: text(env, 'AWS_REGION', 'us-east-1'),
    credentials: credentials(env),
  };
}

const standingsPartitions = (env: Env) => whole(env, 'STANDINGS_PARTITIONS', 4, 1, 1_000);

/** A CDN or domain in front of the HTTP API, without a slash at its end: links, previews and QR codes lead there.
 * Undefined where the request's own host is right. */
export function publicUrl(env: Env = process.env): string | undefined {
  return optionalUrl(env, 'PUBLIC_URL');
}

/** The limits on messages posted to connections. */
export interface PostBudget {
  /** Total for all shards. */
  postsPerSecond: number;
  /** Each shard gets an equal part. */
  shards: number;
  /** The least time between two updates of a poll; the first change of a quiet poll never waits. */
  tickMs: number;
  /** Where viewers beyond what posts reach in time read polls: a cache in front of the HTTP API, such as
   * `https://polls.example.com`. Without one, reading would cost more of the account's quota than posts. */
  followUrl: string | undefined;
}

export function postBudget(env: Env = process.env): PostBudget {
  return {
    // AWS allows an account 10,000 requests per second, and HTTP API calls draw on the same quota.
    postsPerSecond: whole(env, 'POSTS_PER_SECOND', 8_000, 1, 1_000_000),
    shards: standingsPartitions(env),
    tickMs: whole(env, 'TICK_MS', 0, 0, 10_000),
    followUrl: optionalUrl(env, 'FOLLOW_URL') ?? publicUrl(env),
  };
}

/** Pages that may open a WebSocket, such as `https://polls.example.com`; undefined allows every page. */
export function allowedOrigins(env: Env = process.env): string[] | undefined {
  const origins = text(env, 'ALLOWED_ORIGINS', '*');
  return origins === '*' ? undefined : origins.split(',').map((origin) => origin.trim());
}

/** `public`: https to public addresses only. `any`: also plain HTTP and private addresses, for local use. */
export type WebhookTargets = 'public' | 'any';

export function webhookTargets(env: Env = process.env): WebhookTargets {
  return oneOf(env, 'WEBHOOK_TARGETS', 'public', ['public', 'any'] as const);
}
