import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { kafkaConfig } from '../../../lib/config.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { decodeStandings, type StandingsRecord } from '../../../lib/kafka/standingsRecord.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import { readPollSnapshots } from '../../../lib/realtime/pollSnapshots.ts';
import { insertConnections } from '../../../lib/sql/connections.ts';
import { insertSubscription } from '../../../lib/sql/subscriptions.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { saveFirstSentPoll } from '../../../lib/sql/watchedPolls.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';
import { environmentOn, loadHandler } from '../../support/lambda/loadHandler.ts';
import {
  type ConnectionsStandIn,
  startConnectionsStandIn,
} from '../../support/websocket/connectionsStandIn.ts';

const SHARDS = 4;
let database: FreshDatabase;
let api: ConnectionsStandIn;
let sweep: () => Promise<unknown>;

beforeAll(async () => {
  [database, api] = await Promise.all([freshDatabase(), startConnectionsStandIn()]);
  const env = { ...environmentOn(database), WEBSOCKET_ENDPOINT: api.endpoint };
  await createTopics(kafkaConfig(env));
  const handle = await loadHandler<object>('schedule/sweepConnections', env);
  sweep = () => handle({});
});
afterAll(async () => {
  await api.stop();
  await database.end();
});
beforeEach(async () => {
  await database.sql`truncate connections, subscriptions, watched_polls`;
});

interface Told {
  partition: number;
  record: StandingsRecord;
}

const wakesAll = (told: Told[]) => told.filter(({ record }) => record.type === 'polls').length === SHARDS;

/** What a sweep says to the shards, up to the round that it asks each of them for, or longer. */
async function toldBySweep(isAll: (told: Told[]) => boolean = wakesAll): Promise<Told[]> {
  const kafka = new Kafka({ brokers: kafkaConfig().brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topics.standings);
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic: topics.standings, fromBeginning: true });
  await sweep();
  const told: Told[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ partition, message }) => {
          const end = ends.find((one) => one.partition === partition);
          if (Number(message.offset) < Number(end?.high)) return;
          told.push({ partition, record: decodeStandings(message.value?.toString('base64')) });
          if (isAll(told)) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return told;
}

const namedIn = (told: Told[]) =>
  told.flatMap(({ record }) => (record.type === 'polls' ? [record.pollIds] : []));

async function connectionOfAge(id: string, minutes: number, shard = 1): Promise<void> {
  await insertConnections(database.sql, [{ id, shard }]);
  await database.sql`
    update connections set connected_at = now() - ${minutes}::integer * interval '1 minute'
    where connection_id = ${id}`;
}

async function watch(pollId: string): Promise<void> {
  const { sql } = database;
  await insertSubscription(sql, {
    connectionId: 'viewer',
    newShard: 1,
    pollId,
    hasVoted: false,
    askedAt: Date.now(),
  });
  const [viewed] = await readPollSnapshots(sql, [pollId], { postsPerSecond: 8_000 });
  if (viewed) await saveFirstSentPoll(sql, 1, viewed.present);
}

describe('a sweep of connections', () => {
  test('deletes connections above the maximum age, with their subscriptions', async () => {
    const poll = await somePoll(database.sql);
    await watch(poll.id);
    await connectionOfAge('old', 131);
    await connectionOfAge('live', 129);
    await database.sql`update connections set connected_at = now() - interval '131 min' where connection_id = 'viewer'`;
    await sweep();
    const rows = await database.sql`select connection_id as id from connections`;
    expect(rows.map(({ id }) => id)).toEqual(['live']);
    // Where one is still there, its client connects again.
    expect(api.disconnected().toSorted()).toEqual(['old', 'viewer']);
    expect(await database.sql`select from subscriptions`).toHaveLength(0);
  });

  test('asks connections to reconnect before they end, each once and at its own time', async () => {
    await connectionOfAge('young', 109);
    for (let n = 0; n < 20; n += 1) await connectionOfAge(`aging ${n}`, 111, n % 2);
    const told = await toldBySweep();
    const direct = told.flatMap(({ partition, record }) =>
      record.type === 'direct' ? record.messages.map((message) => ({ partition, ...message })) : [],
    );
    expect(direct.map(({ connectionId }) => connectionId).sort()).toEqual(
      Array.from({ length: 20 }, (_, n) => `aging ${n}`).sort(),
    );
    const delays = direct.map(({ message, connectionId, partition }) => {
      expect(partition).toBe(Number(connectionId.split(' ')[1]) % 2);
      if (message.type !== 'RECONNECT') throw new Error(`Told ${message.type}.`);
      expect(message.after_ms).toBeLessThan(300_000);
      return message.after_ms;
    });
    expect(new Set(delays).size).toBeGreaterThan(10);
    expect((await toldBySweep()).every(({ record }) => record.type === 'polls')).toBe(true);
  });

  test('wakes every shard, and names no poll whose viewers are up to date', async () => {
    await watch((await somePoll(database.sql)).id);
    const told = await toldBySweep();
    expect(told.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3]);
    expect(namedIn(told)).toEqual([[], [], [], []]);
  });

  test('names a poll whose notification was lost', async () => {
    const poll = await somePoll(database.sql);
    await watch(poll.id);
    await tallyBallots(database.sql, batchOf([someBallot(poll)]));
    expect(namedIn(await toldBySweep())).toEqual(Array(SHARDS).fill([poll.id]));
  });

  test('names 28,000 polls whose notifications were lost', async () => {
    const { sql } = database;
    await connectionOfAge('curious', 1);
    // Polls that are no more are news to those who watch them.
    await sql`
      insert into watched_polls (poll_id, shard, version, state_version, status, viewers, counted_at)
      select gen_random_uuid(), 1, 1, 1, 'open', 1, now() from generate_series(1, 28000)`;
    await sql`
      insert into subscriptions (connection_id, poll_id, shard, has_voted)
      select 'curious', poll_id, shard, false from watched_polls`;
    const named = (told: Told[]) => new Set(namedIn(told.filter(({ partition }) => partition === 0)).flat());
    const told = await toldBySweep((all) => named(all).size === 28_000);
    const rows = await sql`select poll_id from watched_polls`;
    expect(named(told)).toEqual(new Set(rows.map(({ poll_id }) => poll_id)));
  });

  test('asks thousands of connections to reconnect, and deletes thousands', async () => {
    await database.sql`
      insert into connections (connection_id, shard, connected_at)
      select 'old ' || at, at % 4, now() - at % 2 * interval '20 minutes' - interval '111 minutes'
      from generate_series(1, 9000) as at`;
    const told = await toldBySweep();
    const direct = told.flatMap(({ record }) => (record.type === 'direct' ? record.messages : []));
    expect(new Set(direct.map(({ connectionId }) => connectionId)).size).toBe(4_500);
    const left = await database.sql`select is_told_to_reconnect as told from connections`;
    expect(left.filter((connection) => connection['told'])).toHaveLength(4_500);
    expect(left).toHaveLength(4_500);
  });

  test('names a poll that has opened meanwhile', async () => {
    const poll = await somePoll(database.sql, { opensAt: Date.now() + 500 });
    await watch(poll.id);
    expect(namedIn(await toldBySweep())[0]).toEqual([]);
    while (Date.now() <= (poll.opensAt ?? 0)) await new Promise(setImmediate);
    expect(namedIn(await toldBySweep())[0]).toEqual([poll.id]);
  });
});
