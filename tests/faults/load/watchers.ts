import { isDeepStrictEqual } from 'node:util';
import { type LiveClient, liveClient } from '../../../lib/client/live.ts';
import { serverClock } from '../../../lib/client/serverClock.ts';
import { until } from '../../../lib/concurrency/deadline.ts';
import type { BoardEntry } from '../../../lib/domain/leaderboard.ts';
import type { Poll } from '../../../lib/domain/poll.ts';
import type { MadePoll } from '../../support/http/api.ts';
import { read } from '../checks/read.ts';
import { Notices } from './notices.ts';

/** They must not read by HTTP what no message contained. */
const doNotRead = () => Promise.reject(new Error('Watchers do not read.'));
const NO_HTTP = { getPoll: doNotRead, readPoll: doNotRead, getVote: doNotRead };

const WATCHERS = 3;

/** The view of one watcher; only messages change it. */
interface View {
  polls: Map<string, Poll>;
  board: BoardEntry[];
}

/** Viewers who follow polls and the leaderboard, by messages alone. */
export class Watchers {
  /** Their connections, over which voters may vote too. */
  readonly lives: LiveClient[];
  /** What these voters are told. */
  readonly notices = new Notices();
  readonly #httpUrl: string;
  readonly #views: View[] = [];
  readonly #polls: MadePoll[];

  constructor(wsUrl: string, httpUrl: string, polls: MadePoll[]) {
    this.#httpUrl = httpUrl;
    this.#polls = polls;
    this.lives = Array.from({ length: WATCHERS }, () => this.#follow(wsUrl));
  }

  /** Waits until all views equal the state read by HTTP.
   * @throws Error with what differs, when that takes longer */
  async agree(limitMs: number): Promise<void> {
    await until(async () => {
      for (const { id } of this.#polls) {
        const expected = visible(await read<Poll>(this.#httpUrl, `/polls/${id}`));
        for (const { polls } of this.#views) expectSame(visible(polls.get(id)), expected);
      }
      const { data } = await read<{ data: BoardEntry[] }>(this.#httpUrl, '/leaderboard');
      for (const { board } of this.#views) expectSame(board, data);
    }, limitMs);
  }

  close(): void {
    for (const live of this.lives) live.close();
  }

  #follow(wsUrl: string): LiveClient {
    const { WebSocketClass } = this.notices;
    const live = liveClient({ url: wsUrl, WebSocketClass, http: NO_HTTP, clock: serverClock() });
    const view: View = { polls: new Map(), board: [] };
    this.#views.push(view);
    live.watchLeaderboard((entries) => {
      view.board = [...entries];
    });
    for (const { id } of this.#polls) live.watchPoll(id, ({ poll }) => view.polls.set(id, poll));
    return live;
  }
}

const visible = (poll: Poll | undefined) =>
  poll && {
    status: poll.status,
    version: poll.version,
    total: poll.total_votes,
    counts: poll.options.map(({ vote_count }) => vote_count),
  };

function expectSame(seen: unknown, expected: unknown): void {
  if (isDeepStrictEqual(seen, expected)) return;
  throw new Error(`A watcher sees ${JSON.stringify(seen)}, a reader ${JSON.stringify(expected)}.`);
}
