import { createHash } from 'node:crypto';
import type { IsAsSeen } from '../domain/pollChanges.ts';
import { entityTags, type HttpEvent, tagOf } from './respond.ts';

const STATE_CHARACTERS = 11;

const stateOf = (pollId: string, stateVersion: number) =>
  createHash('sha256').update(`${pollId} ${stateVersion}`).digest('base64url').slice(0, STATE_CHARACTERS);

/** The entity tag of a poll. Its end names the poll's state, which counting does not change.
 * @param body as this reader sees it */
export function pollTag(pollId: string, stateVersion: number, body: string): string {
  return tagOf(body, stateOf(pollId, stateVersion));
}

/** Reads `If-Match` (RFC 9110, section 13.1.1): whether the poll's state is the one its owner saw. Counts are
 * ignored; otherwise a poll with steady votes could never be changed. A weak tag matches as well: CloudFront and nginx
 * make tags weak when they compress, so behind them a strict comparison would refuse every owner's change. The state that
 * our tags end in stays exact.
 * @param pollId lower case, with dashes
 * @returns undefined without the header, and for `*`, which every poll that exists matches */
export function ifMatch({ headers }: HttpEvent, pollId: string): IsAsSeen | undefined {
  const given = headers['if-match'];
  if (given === undefined || given.trim() === '*') return undefined;
  const tags = entityTags(given);
  const isOwn = (tag: string, end: string) => tag.length === tagOf('', end).length && tag.endsWith(`${end}"`);
  return (stateVersion) => {
    const end = stateOf(pollId, stateVersion);
    return tags.some((tag) => isOwn(tag, end));
  };
}
