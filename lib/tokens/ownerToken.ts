import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SigningKeys } from '../config.ts';
import { deriveKey } from './seal.ts';

/** What the owner of a poll shows to change it. It follows from the poll's id, so nothing is stored.
 * @param pollId lower case, with dashes
 * @param keys the first one signs */
export function ownerToken([key]: SigningKeys, pollId: string): string {
  const mac = createHmac('sha256', deriveKey(key, 'poll owner')).update(pollId).digest('base64url');
  return `${key.kid}.${mac}`;
}

/** Whether this is the token of the poll's owner, made with any of the keys. How long that takes tells nothing
 * of the right one. */
export function isOwnerToken(keys: SigningKeys, pollId: string, token: string): boolean {
  const given = Buffer.from(token);
  const matches = keys.map((key) => {
    const right = Buffer.from(ownerToken([key], pollId));
    return right.length === given.length && timingSafeEqual(right, given);
  });
  return matches.includes(true);
}
