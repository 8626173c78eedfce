import { ConfigError } from './errors.ts';

/** Typed reading of environment variables, for config.ts and localConfig.ts. */
export type Env = Record<string, string | undefined>;

export function text(env: Env, name: string, fallback?: string): string {
  const value = env[name] || fallback;
  if (value === undefined) throw new ConfigError(`The environment variable ${name} is not set.`);
  return value;
}

export function whole(env: Env, name: string, fallback: number, least = 1, most = 65_535): number {
  const value = Number(env[name] || fallback);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ConfigError(`${name} must be a whole number from ${least} to ${most}, not "${env[name]}".`);
}

export function oneOf<T extends string>(env: Env, name: string, fallback: T, allowed: readonly T[]): T {
  const value = env[name] || fallback;
  const match = allowed.find((one) => one === value);
  if (match !== undefined) return match;
  throw new ConfigError(`${name} must be one of ${allowed.join(', ')}, not "${value}".`);
}

export function httpUrl(env: Env, name: string, fallback: string): string {
  const value = text(env, name, fallback);
  if (/^https?:$/.test(URL.parse(value)?.protocol ?? '')) return value;
  throw new ConfigError(`${name} must be an http or https URL, not "${value}".`);
}

/** Without a slash at its end; undefined if it is not set. */
export function optionalUrl(env: Env, name: string): string | undefined {
  return env[name] ? httpUrl(env, name, '').replace(/\/+$/, '') : undefined;
}

/** An IPv6 address is in brackets: its end and the port would look alike. */
const BROKER = /^(?:\[[\da-f:.]+(?:%[\w.-]+)?\]|[^\s:/[\]]+):\d{1,5}$/i;

export function brokerList(env: Env, name: string): string[] {
  const value = text(env, name);
  const listed = value.split(',').map((broker) => broker.trim());
  const brokers = listed.filter(Boolean);
  if (brokers.length > 0 && brokers.every((broker) => BROKER.test(broker))) return brokers;
  throw new ConfigError(`${name} must be host:port,host:port (IPv6: [::1]:9092), not "${value}".`);
}

/** Kafka allows 249 of these characters in a topic name. */
const TOPIC_PREFIX = /^[A-Za-z0-9._-]{0,100}$/;

export function topicPrefix(env: Env, name: string): string {
  const value = env[name] ?? '';
  if (TOPIC_PREFIX.test(value)) return value;
  throw new ConfigError(
    `${name} must be up to 100 characters of a–z, A–Z, 0–9, ".", "_" and "-", not "${value}".`,
  );
}
