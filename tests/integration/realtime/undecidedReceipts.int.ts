import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { createSeen } from '../../../lib/kafka/seen.ts';
import { openResultsForCounted } from '../../../lib/realtime/decideReceipts.ts';
import { POSTING_MS } from '../../../lib/realtime/post/fanOut.ts';
import { serveShard } from '../../../lib/realtime/serveShard.ts';
import { subscribeToPoll } from '../../../lib/realtime/subscribeToPoll.ts';
import type { Database } from '../../../lib/sql/database.ts';
import { listDueShards } from '../../../lib/sql/dueShards.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { MAX_UNDECIDED } from '../../../lib/sql/undecidedReceipts.ts';
import { createReceipts } from '../../../lib/tokens/receipt.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';

const SHARD = 1;
const receipts = createReceipts([{ kid: 'k1', secret: 's'.repeat(32) }]);
let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.end());

const subscribe = (pollId: string, receipt: string, connectionId: string) =>
  subscribeToPoll(
    databaseOn(database.sql),
    receipts,
    { postsPerSecond: 8_000 },
    { connectionId, newShard: SHARD, pollId, receipt, askedAt: Date.now() },
  );

async function countUndecided({ id }: NewPoll): Promise<number> {
  return (await database.sql`select from subscriptions where poll_id = ${id} and receipt is not null`).count;
}

test('one receipt of many connections is looked up once', async () => {
  const CONNECTIONS = 30;
  const poll = await somePoll(database.sql, { resultsVisibility: 'after_vote', allowChange: true });
  const first = someBallot(poll);
  const withdrawal = someBallot(poll, { voterKey: first.voterKey, choices: 0 });
  const receipt = receipts.issue({ ...withdrawal, partition: 0, isWithdrawal: true });
  for (let at = 0; at < CONNECTIONS; at++) await subscribe(poll.id, receipt, `same ${at}`);
  for (const ballot of [first, withdrawal]) await tallyBallots(database.sql, batchOf([ballot]));
  let queries = 0;
  const counting: Database = {
    run: (query, timeoutMs) => {
      queries += 1;
      return databaseOn(database.sql).run(query, timeoutMs);
    },
  };
  expect(await openResultsForCounted(counting, receipts, SHARD, [poll.id])).toEqual([]);
  expect(queries).toBe(4);
  const rows = await database.sql`
    select from subscriptions where poll_id = ${poll.id} and has_voted and receipt is null and due_at is not null`;
  expect(rows.count).toBe(CONNECTIONS);
});

test('receipts beyond the limit of a round are decided in the next, which is due at once', async () => {
  const poll = await somePoll(database.sql, { resultsVisibility: 'after_vote' });
  const ballot = someBallot(poll);
  await subscribe(poll.id, receipts.issue({ ...ballot, partition: 0, isWithdrawal: false }), 'voter');
  await database.sql`
    insert into connections (connection_id, shard)
    select 'crowd ' || at, ${SHARD} from generate_series(1, ${MAX_UNDECIDED}::integer) as given (at)`;
  await database.sql`
    insert into subscriptions (connection_id, poll_id, shard, has_voted, receipt)
    select 'crowd ' || at, ${poll.id}, ${SHARD}, false, 'of nobody ' || at
    from generate_series(1, ${MAX_UNDECIDED}::integer) as given (at)`;
  await tallyBallots(database.sql, batchOf([ballot]));

  const round = (pollIds: string[]) =>
    serveShard(
      {
        database: databaseOn(database.sql),
        fanOutOf: () => async () => ({ delivered: 0, gone: [], missed: [], retries: 0 }),
        deliverDirect: async () => {},
        delivered: createSeen(),
        pace: { postsPerSecond: 8_000, tickMs: 0 },
        postingMs: POSTING_MS,
        receipts,
      },
      {
        key: 'standings-1',
        partition: SHARD,
        firstOffset: 0,
        end: { appendTime: 0, offset: 0 },
        decoded: [{ value: { type: 'polls', pollIds }, position: { appendTime: 0, offset: 0 } }],
      },
    );
  await round([poll.id]);
  expect(await countUndecided(poll)).toBe(1);
  expect(await listDueShards(database.sql, SHARD + 1)).toEqual([SHARD]);
  await round([]);
  expect(await countUndecided(poll)).toBe(0);
  const [voter] = await database.sql`select has_voted from subscriptions where connection_id = 'voter'`;
  expect(voter).toEqual({ has_voted: true });
});
