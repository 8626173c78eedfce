import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { countViewers } from '../../../lib/sql/countViewers.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';

const MANY = 1_001;

onEachPostgres('counting viewers', (database) => {
  test('are counted every two seconds if they are many, also after the clock was set back', async () => {
    const { sql } = database();
    const pollId = randomUUID();
    await sql`
      insert into connections (connection_id, shard)
      select 'viewer ' || n, 0 from generate_series(1, ${MANY}::integer) as n`;
    await sql`
      insert into subscriptions (connection_id, poll_id, shard, has_voted)
      select connection_id, ${pollId}, 0, false from connections`;
    await sql`
      insert into watched_polls (poll_id, shard, version, state_version, status, viewers, counted_at)
      values (${pollId}, 0, 1, 1, 'open', 7, now())`;
    const count = async () => (await countViewers(sql, [pollId]))[0]?.viewers;
    expect(await count()).toBe(7);
    const countedAhead = (seconds: number) =>
      sql`update watched_polls set counted_at = now() + ${seconds}::integer * interval '1 second'`;
    await countedAhead(-3);
    expect(await count()).toBe(MANY);
    await countedAhead(60);
    expect(await count()).toBe(MANY);
  });
});
