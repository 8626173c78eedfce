import { createHmac } from 'node:crypto';

const VOTER_KEY_HEX_DIGITS = 32;

/** Who votes, as far as this system knows it: 16 bytes as hex digits. The same voter has another key in each
 * poll, and without the secret nobody can tell which user a key belongs to. The poll id comes first because
 * its length is fixed: no other poll and user come to the same bytes.
 * @param pollId 32 hex digits */
export function voterKey(secret: string, pollId: string, userId: string): string {
  const hmac = createHmac('sha256', secret).update(pollId, 'hex').update(userId, 'utf8');
  return hmac.digest('hex').slice(0, VOTER_KEY_HEX_DIGITS);
}
