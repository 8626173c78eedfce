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

/** The id of the key in a secret that the stack made, which is not a list yet. */
const FIRST_KID = 'k1';

/** Returns the list of keys in a secret. The stack makes `{"secret": "…"}`, because Secrets Manager generates either a
 * whole text or one value of a JSON object; `npm run rotate` adds `"keys": "k2:…,k1:…"` beside it. */
export function listIn(text: string): string {
  if (!text.startsWith('{')) return text;
  const { secret, keys }: { secret?: string; keys?: string } = parseObject(text);
  return keys ?? `${FIRST_KID}:${secret ?? ''}`;
}

function parseObject(text: string): object {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause, which would contain the secret.
    throw new ConfigError('SIGNING_KEYS begins with "{" but is not a JSON object.');
  }
}

/** Reads comma-separated `kid:secret` pairs, newest first, or a secret that holds them.
 * @throws {ConfigError} */
export function parseSigningKeys(text: string): SigningKeys {
  const [first, ...rest] = listIn(text).split(',').map(signingKey);
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
