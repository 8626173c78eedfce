import { ConfigError } from './errors.ts';

export interface SigningKey {
  kid: string;
  secret: string;
}

/** Keys for receipts and owner tokens. The first key signs; all keys verify. */
export type SigningKeys = [SigningKey, ...SigningKey[]];

const MIN_SECRET_CHARACTERS = 32;

/** @throws {ConfigError} if it is too short to be a secret */
export function longSecret(name: string, value: string): string {
  if (value.length >= MIN_SECRET_CHARACTERS) return value;
  throw new ConfigError(`${name} must have at least ${MIN_SECRET_CHARACTERS} characters.`);
}

/** Reads comma-separated `kid:secret` pairs, newest first. @throws {ConfigError} */
export function parseSigningKeys(list: string): SigningKeys {
  const [first, ...rest] = list.split(',').map(signingKey);
  if (!first) throw new ConfigError('SIGNING_KEYS is empty.');
  const kids = [first, ...rest].map(({ kid }) => kid);
  const repeated = kids.find((kid, at) => kids.indexOf(kid) < at);
  if (repeated === undefined) return [first, ...rest];
  throw new ConfigError(
    `SIGNING_KEYS has two keys with the id "${repeated}": one of them would never be used.`,
  );
}

function signingKey(entry: string): SigningKey {
  const [kid = '', value = '', ...more] = entry.split(':');
  if (!/^[a-z0-9]{1,8}$/.test(kid))
    throw new ConfigError('SIGNING_KEYS: a key id must be 1–8 characters of a–z and 0–9.');
  if (more.length > 0)
    throw new ConfigError(`SIGNING_KEYS: the secret of "${kid}" must not contain a colon.`);
  return { kid, secret: longSecret('SIGNING_KEYS', value) };
}
