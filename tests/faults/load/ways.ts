import type { Pool } from 'undici';
import { ApiError } from '../../../lib/client/apiError.ts';
import type { LiveClient } from '../../../lib/client/live.ts';
import type { Accepted } from '../../support/http/api.ts';
import { optionIds, type Voter } from './voter.ts';

export type Answer =
  | { answer: 'accepted'; receipt: string }
  | { answer: 'refused' }
  | { answer: 'unknown' }
  /** An answer that no voter should get. */
  | { answer: 'strange'; said: string };

/** These refuse a vote by time, in a poll that ends or is closed. */
const BY_TIME = new Set(['poll_closed', 'poll_not_open']);

export async function voteByHttp(pool: Pool, { userId, poll }: Voter, choices: number): Promise<Answer> {
  try {
    const { statusCode, headers, body } = await pool.request({
      method: 'POST',
      path: `/polls/${poll.id}/vote`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user_id: userId, option_ids: optionIds(poll, choices) }),
    });
    const text = await body.text();
    if (statusCode === 202) return { answer: 'accepted', receipt: (JSON.parse(text) as Accepted).receipt };
    const isProblem = headers['content-type'] === 'application/problem+json';
    if (isProblem && statusCode === 503 && headers['retry-after']) return { answer: 'unknown' };
    if (isProblem && BY_TIME.has(JSON.parse(text).code)) return { answer: 'refused' };
    return { answer: 'strange', said: `${statusCode} ${text}` };
  } catch {
    return { answer: 'unknown' };
  }
}

export async function voteLive(live: LiveClient, { userId, poll }: Voter, choices: number): Promise<Answer> {
  try {
    const { receipt } = await live.voteLive(poll.id, userId, { option_ids: optionIds(poll, choices) });
    return { answer: 'accepted', receipt };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (BY_TIME.has(error.code)) return { answer: 'refused' };
    if (error.code === 'unavailable' || error.code === 'connection_lost') return { answer: 'unknown' };
    return { answer: 'strange', said: `${error.code} ${error.message}` };
  }
}
