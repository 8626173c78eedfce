import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SigningKeys } from '../config.ts';
import { deriveKey } from './seal.ts';

/** The token that authorizes a poll's owner. It derives from the poll's id, so it is not stored.
 * @param pollId lower case, with dashes
 * @param keys the first one signs */
export function ownerToken([key]: SigningKeys, pollId: string): string {
  const mac = createHmac('sha256', deriveKey(key, 'poll owner')).update(pollId).digest('base64url');
  return `${key.kid}.${mac}`;
}

/** Checks an owner token against all keys, in constant time. */
export function isOwnerToken(keys: SigningKeys, pollId: string, token: string): boolean {
  const given = Buffer.from(token);
  const matches = keys.map((key) => {
    const right = Buffer.from(ownerToken([key], pollId));
    return right.length === given.length && timingSafeEqual(right, given);
  });
  return matches.includes(true);
}
