import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { ApiError, type ApiErrorCode } from '../../../lib/client/apiError.ts';
import type { VoteRecord } from '../../../lib/page/views/voteRecord.ts';

interface Sender {
  send(ballot: object, report: (change: Partial<VoteRecord>) => void): Promise<void>;
}

// The browser's half is checked with a browser's types, by a configuration of its own.
const MODULE = '../../../lib/page/browser/castVote.ts';
const { VoteSender } = (await import(MODULE)) as { VoteSender: new (polls: object, live: object) => Sender };

const BALLOT = { pollId: 'p', voter: 'v', choice: ['tea'], isSingle: true };
/** How long the client waits for an answer. */
const LOST_AFTER_MS = 10_000;
/** How long the page waits for the socket before it sends over HTTP. */
const LATE_AFTER_MS = 3_000;

/** The way of one attempt, in milliseconds to the server and back. */
interface Way {
  there: number;
  back: number;
  fate: 'answered' | 'answer lost' | 'lost';
}

const GOOD: Way = { there: 10, back: 10, fate: 'answered' };
const way: fc.Arbitrary<Way> = fc.record({
  there: fc.nat(6_000),
  back: fc.nat(6_000),
  fate: fc.constantFrom('answered', 'answer lost', 'lost'),
});

const passing = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A server that takes votes until the end and counts the first, behind a network that loses what the plan says, and
 * nothing afterwards. */
function poll(plan: Way[], endMs: number) {
  const end = performance.now() + endMs;
  const ways = [...plan];
  const taken: string[] = [];
  const attempt = (lost: ApiErrorCode) => async () => {
    const { there, back, fate } = ways.shift() ?? GOOD;
    await passing(there);
    const isTaken = fate !== 'lost' && performance.now() < end;
    const receipt = `${taken.length}`;
    if (isTaken) taken.push(receipt);
    await passing(fate === 'answered' ? back : LOST_AFTER_MS);
    if (fate !== 'answered') throw new ApiError(0, lost);
    if (!isTaken) throw new ApiError(409, 'poll_closed');
    return { status: 'accepted', receipt };
  };
  const getVote = async (receipt: string) =>
    receipt === taken[0] ? { status: 'counted' } : { status: 'rejected', reason: 'already_voted' };
  const onState = (listener: (state: string) => void) => listener('live');
  const sender = new VoteSender(
    { getVote, vote: attempt('timeout') },
    { voteLive: attempt('connection_lost'), onState },
  );
  return { taken, sender };
}

beforeEach(() => {
  jest.useFakeTimers();
  // A browser has it; here the network never returns.
  Object.assign(globalThis, { addEventListener: () => {} });
});
afterEach(() => {
  jest.useRealTimers();
  Reflect.deleteProperty(globalThis, 'addEventListener');
});

test('a vote is never said to be late if it counts, nor to count if it is late, whatever the network does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(way, { maxLength: 6 }), fc.nat(40_000), async (plan, endMs) => {
      const { taken, sender } = poll(plan, endMs);
      const reported: Partial<VoteRecord>[] = [];
      const sending = sender.send(BALLOT, (change) => void reported.push(change));
      await jest.advanceTimersByTimeAsync(300_000);
      await sending;
      const { stage, reason = stage } = reported.at(-1) ?? {};
      const certain = taken.length > 0 ? 'counted' : 'poll_closed';
      const isClear = plan.every(
        ({ there, back, fate }) => fate === 'answered' && there + back < LATE_AFTER_MS,
      );
      const others = taken.length > 0 ? ['already_voted', 'unknown'] : ['unknown'];
      expect([certain, ...(isClear ? [] : others)]).toContain(reason);
    }),
  );
});
