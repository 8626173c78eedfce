import { afterAll, beforeAll, test } from '@jest/globals';
import { createPace } from '../../../lib/concurrency/pacing.ts';
import { createSeen } from '../../../lib/kafka/seen.ts';
import { createFanOuts } from '../../../lib/realtime/post/fanOut.ts';
import { serveShard } from '../../../lib/realtime/serveShard.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { createReceipts } from '../../../lib/tokens/receipt.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';

const POLLS = Number(process.env['T_POLLS'] ?? 50);
const CONNS = Number(process.env['T_CONNS'] ?? 2400);
const ROUNDS = 6;
let database: FreshDatabase;
beforeAll(async () => { database = await freshDatabase(); });
afterAll(() => database.end());

test('load', async () => {
  const { sql } = database;
  const polls = await Promise.all(Array.from({ length: POLLS }, () => somePoll(sql)));
  const victim = await somePoll(sql);
  await sql`insert into connections (connection_id, shard, board_due_at) select 'c' || n, 0, null from generate_series(1, ${CONNS}::integer) n`;
  await sql`insert into connections (connection_id, shard, board_due_at) select 'v' || n, 0, null from generate_series(1, 100) n`;
  await sql`insert into subscriptions (connection_id, poll_id, shard, has_voted) select connection_id, poll_id, 0, false from connections, polls where connection_id like 'c%' and poll_id <> ${victim.id}`;
  await sql`insert into subscriptions (connection_id, poll_id, shard, has_voted) select connection_id, ${victim.id}, 0, false from connections where connection_id like 'v%'`;
  await sql`analyze`;
  const seen = new Map<string, number>();
  let began = 0;
  let posts = 0;
  const lines: string[] = [];
  const pace = createPace(2_000);
  const fanOut = createFanOuts(async (id, payload) => {
    posts += 1;
    if (id.startsWith('v') && payload.includes('POLL')) seen.set(id, performance.now() - began);
    await new Promise((r) => setTimeout(r, 10));
    return 'delivered';
  })(pace);
  const deps = { database: databaseOn(sql), fanOutOf: () => fanOut, deliverDirect: async () => {}, delivered: createSeen(), pace: { postsPerSecond: 8_000, tickMs: 0 }, postingMs: 15_000, receipts: createReceipts([{ kid: 'k1', secret: 's'.repeat(32) }]) };
  for (let round = 0; round < ROUNDS; round += 1) {
    await tallyBallots(sql, batchOf([...polls, victim].map((poll) => someBallot(poll))));
    seen.clear(); posts = 0; began = performance.now();
    let most = 0;
    const t = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 50);
    await serveShard(deps, { key: 's', partition: 0, firstOffset: 0, end: { appendTime: 0, offset: 0 }, decoded: [{ value: { type: 'polls', pollIds: [...polls, victim].map(({ id }) => id) }, position: { appendTime: 0, offset: 0 } }] } as never);
    clearInterval(t);
    const [{ due }] = await sql`select count(*)::integer as due from subscriptions where due_at is not null` as unknown as [{ due: number }];
    lines.push(`round ${round}: ${((performance.now() - began) / 1000).toFixed(1)} s, ${posts} posts, due ${due}, victims ${seen.size}, last victim after ${(Math.max(0, ...seen.values()) / 1000).toFixed(1)} s, rss ${(most / 2 ** 20).toFixed(0)} MB`);
  }
  (await import('node:fs')).writeFileSync('/tmp/rounds-load.txt', lines.join('\n') + '\n');
}, 600_000);
