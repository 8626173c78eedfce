import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BoardState, nextBoard, noBoard } from '../../../lib/client/boardState.ts';
import { broadcastBoard, leaderboardInit } from '../../../lib/realtime/broadcastBoard.ts';
import { createFanOut, type FanOut } from '../../../lib/realtime/post/fanOut.ts';
import type { Post } from '../../../lib/realtime/post/postToConnection.ts';
import { followBoard, readLeaderboard } from '../../../lib/sql/boards.ts';
import { insertConnections } from '../../../lib/sql/connections.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';
import { type BoardMessage, endPause, endRest, openPoll, setVotes } from './boardFixture.ts';

const OPTIONS = 12;
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.end());

type Fate = 'arrives' | 'is lost' | 'arrives twice' | 'arrives late' | 'times out';
type End = 'well' | 'killed before posting' | 'killed after posting';

/** A client behind a network that treats each message as the next fate says. */
function lossyClient(future: readonly Fate[]) {
  let fates = [...future];
  let state: BoardState = noBoard;
  // Whoever meets a gap asks, even if an older message fills it before the answer comes.
  let asks = false;
  let late: BoardMessage[] = [];
  const take = (message: BoardMessage) => {
    state = nextBoard(state, message);
    asks ||= state.gap;
  };
  const post: Post = async (_id, payload) => {
    const message: BoardMessage = JSON.parse(payload.toString());
    const fate = fates.shift() ?? 'arrives';
    if (fate === 'times out') return 'timed_out';
    if (fate === 'arrives late') late.push(message);
    else if (fate !== 'is lost') take(message);
    if (fate === 'arrives twice') take(message);
    if (fate === 'arrives') {
      late.forEach(take);
      late = [];
    }
    return 'delivered';
  };
  const asked = () => {
    const whether = asks;
    asks = false;
    return whether;
  };
  const calm = () => {
    fates = [];
  };
  return { post, take, asked, calm, state: () => state };
}

function endingIn(end: End, fanOut: FanOut): FanOut {
  return async (deliveries) => {
    if (end === 'killed before posting') throw new Error('killed');
    const result = await fanOut(deliveries);
    if (end === 'killed after posting') throw new Error('killed');
    return result;
  };
}

const anyFate = fc.constantFrom<Fate>(
  ...(['arrives', 'arrives', 'is lost', 'arrives twice', 'arrives late', 'times out'] as const),
);
const anyRound = fc.record({
  votes: fc.array(fc.nat(3), { minLength: OPTIONS, maxLength: OPTIONS }),
  end: fc.constantFrom<End>('well', 'well', 'killed before posting', 'killed after posting'),
});

test('a client ends with the server’s leaderboard after any losses, duplicates, reorderings and kills', async () => {
  const { sql } = database;
  const poll = await openPoll(sql, OPTIONS);
  let shard = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyRound, { maxLength: 8 }), fc.array(anyFate), async (rounds, fates) => {
      shard += 1;
      const id = `client of ${shard}`;
      const client = lossyClient(fates);
      await insertConnections(sql, [{ id, shard }]);

      async function play({ votes, end }: { votes: number[]; end: End }): Promise<void> {
        await setVotes(sql, poll, votes);
        await endRest(sql);
        await endPause(sql);
        const fanOut = endingIn(end, createFanOut(client.post));
        await broadcastBoard(databaseOn(sql), fanOut, shard).catch((error) =>
          expect(error.message).toBe('killed'),
        );
        if (!client.asked()) return;
        const { version, entries } = await followBoard(sql, id, shard);
        client.take(leaderboardInit(version, entries));
      }

      for (const round of rounds) await play(round);
      // The loss of the very last message shows with the next: here it is, over a network that is well again.
      client.calm();
      await play({ votes: Array(OPTIONS).fill(shard + 3), end: 'well' });
      expect(client.state().entries).toHaveLength(10);
      expect(client.state().entries).toEqual(await readLeaderboard(sql, 10));
    }),
    { numRuns: 100 },
  );
});
