import type { CreatedPoll } from '../../../lib/contract/messageTypes.ts';
import type { Poll } from '../../../lib/domain/poll.ts';
import { expectConforms } from './conforms.ts';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
}

export interface Accepted {
  status: string;
  receipt: string;
  poll_id: string;
}

export type MadePoll = CreatedPoll;

const HOUR_MS = 3_600_000;

/** A client of the HTTP API that returns raw answers; each is checked against `/openapi.json`. */
export function api(url: string) {
  async function send<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(url + path, {
      method,
      headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(text === undefined ? {} : { body: text }),
    });
    const answered = await response.text();
    // Reading a missing field throws an error that names it.
    const answer = {
      status: response.status,
      headers: response.headers,
      body:
        response.headers.get('content-type')?.includes('json') && answered ? JSON.parse(answered) : answered,
    };
    expectConforms(answer, method, path);
    return answer;
  }

  const get = <T>(path: string, headers?: Record<string, string>) => send<T>('GET', path, undefined, headers);
  const vote = <T = Accepted>(pollId: string, ballot: unknown, headers?: Record<string, string>) =>
    send<T>('POST', `/polls/${pollId}/vote`, ballot, headers);

  return {
    send,
    get,
    vote,
    makePoll: async (change: Record<string, unknown> = {}): Promise<MadePoll> => {
      const expired_at = new Date(Date.now() + HOUR_MS).toISOString();
      const poll = { question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expired_at, ...change };
      return (await send<MadePoll>('POST', '/polls', poll)).body;
    },
    /** Votes and waits until the vote is counted or rejected. */
    voteAndWait: <T = Accepted>(pollId: string, ballot: unknown) =>
      vote<T>(pollId, ballot, { prefer: 'wait=10' }),
  };
}

/** The id of an option by its position. */
export function optionOf(poll: Poll, position = 0): string {
  const option = poll.options[position];
  if (!option) throw new Error(`The poll has no option ${position}.`);
  return option.option_id;
}
