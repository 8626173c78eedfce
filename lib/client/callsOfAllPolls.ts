import type { BoardEntry } from '../domain/leaderboard.ts';
import type { Call, HttpClient, PollPage } from './http.ts';

type CallsOfAllPolls = Pick<HttpClient, 'createPoll' | 'listPolls' | 'allPolls' | 'getLeaderboard'>;

/** The calls that are not about one poll, in a file of their own: a page that shows one poll can leave them out. */
export const callsOfAllPolls = (call: <T>(path: string, one?: Call) => Promise<T>): CallsOfAllPolls => ({
  createPoll: (poll, key, options) =>
    call('/polls', { ...options, body: poll, headers: !!key && { 'idempotency-key': key } }),
  listPolls: (query, options) => call('/polls', { ...options, query }),
  async *allPolls(query, options) {
    let cursor = query?.cursor;
    do {
      const page: PollPage = await call('/polls', { ...options, query: { ...query, cursor } });
      yield* page.data;
      cursor = page.next_cursor as string;
    } while (cursor);
  },
  getLeaderboard: async (limit = 10, options) =>
    (await call<{ data: BoardEntry[] }>('/leaderboard', { ...options, query: { limit } })).data,
});
