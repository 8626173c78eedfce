import { listIn, parseSigningKeys, type SigningKey, type SigningKeys } from '../signingKeys.ts';
import { newSecret } from './localSecrets.ts';

/** A new key takes two deployments. At the first all functions learn it, at the second it signs: functions are
 * replaced one after the other, and one that signs with a key that another does not know yet would make receipts and
 * owner tokens that are refused. */
export type Step =
  /** A new key that only verifies. */
  | { did: 'added'; kid: string; keys: SigningKeys }
  /** The newest key goes to the front. */
  | { did: 'promoted'; kid: string; keys: SigningKeys }
  | { did: 'dropped'; kid: string; keys: SigningKeys }
  /** Nothing is written. */
  | { did: 'refused'; reason: string };

/** Variables of a Lambda function have 4 KB in all; so many keys take 1 KB. */
export const MAX_KEYS = 16;

/** Orders keys by their numbers: `k12` is newer than `k2`, and than ids of another form. */
const ageOf = ({ kid }: SigningKey) => Number(/^k(\d+)$/.exec(kid)?.[1] ?? 0);

/** A key that was added and does not sign yet. */
export function pendingKey([first, ...rest]: SigningKeys): SigningKey | undefined {
  const [newest] = rest.sort((a, b) => ageOf(b) - ageOf(a));
  return newest && ageOf(newest) > ageOf(first) ? newest : undefined;
}

/** @param isDeployed whether the functions have these keys already */
export function nextStep(keys: SigningKeys, isDeployed: boolean, makeSecret = newSecret): Step {
  const [first, ...rest] = keys;
  const pending = pendingKey(keys);
  if (pending && !isDeployed) {
    const reason = `${pending.kid} is in the secret, but the functions do not know it yet.`;
    return { did: 'refused', reason };
  }
  if (pending) {
    const older = rest.filter((key) => key !== pending);
    return { did: 'promoted', kid: pending.kid, keys: [pending, first, ...older] };
  }
  if (keys.length >= MAX_KEYS) {
    const reason = `There are ${MAX_KEYS} keys, the maximum. --drop ${keys.at(-1)?.kid} removes the oldest.`;
    return { did: 'refused', reason };
  }
  const kid = `k${ageOf(first) + 1}`;
  return { did: 'added', kid, keys: [first, { kid, secret: makeSecret() }, ...rest] };
}

/** Ends a key: its receipts, owner tokens and creation keys are invalid from the next deployment on. */
export function dropKey([first, ...rest]: SigningKeys, kid: string): Step {
  if (kid === first.kid)
    return { did: 'refused', reason: `${kid} is the signing key. Rotate before you drop it.` };
  const left = rest.filter((key) => key.kid !== kid);
  if (left.length === rest.length) return { did: 'refused', reason: `There is no key ${kid}.` };
  return { did: 'dropped', kid, keys: [first, ...left] };
}

/** The new value of a secret, in the form that it has: an earlier template reads `secret` from the object, so that it
 * has to stay there. */
export function secretWith(text: string, keys: SigningKeys): string {
  const list = keys.map(({ kid, secret }) => `${kid}:${secret}`).join(',');
  return text.startsWith('{') ? JSON.stringify({ ...JSON.parse(text), keys: list }) : list;
}

export const keysIn = (text: string): SigningKeys => parseSigningKeys(listIn(text));
