import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { deadlineIn, monotonicMs } from '../../../lib/clock.ts';
import { kafkaConfig } from '../../../lib/config.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { openProducer } from '../../../lib/kafka/openProducer.ts';
import type { Producer } from '../../../lib/kafka/producer.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import { runDueWork } from '../../../lib/polls/dueWork.ts';
import { insertConnections } from '../../../lib/sql/connections.ts';
import { setBoardDue, setPollsDue } from '../../../lib/sql/dueViewers.ts';
import { insertSubscription } from '../../../lib/sql/subscriptions.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';
import { somePoll } from '../../support/database/polls.ts';

const KAFKA = { KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'], KAFKA_REPLICATION: '1' };
const config = kafkaConfig(KAFKA);
let database: FreshDatabase;
let producer: Producer;
/** The shards that were asked for a round, with repeats. */
let woken: number[];

beforeAll(async () => {
  database = await freshDatabase();
  await createTopics(config);
  producer = openProducer(config);
});
afterAll(async () => {
  await producer.disconnect();
  await database.end();
});

beforeEach(async () => {
  await database.sql`truncate connections, subscriptions`;
  woken = [];
});

const overheard = (): Producer => ({
  ...producer,
  produce: async (topic, records, deadline) => {
    const places = await producer.produce(topic, records, deadline);
    if (topic === topics.standings) woken.push(...records.map(({ partition }) => partition ?? -1));
    return places;
  },
});

const look = (until = monotonicMs()) =>
  runDueWork(
    {
      database: databaseOn(database.sql),
      producer: overheard(),
      kafka: config,
      countPartitions: async () => 1,
    },
    until,
  );

/** A viewer that follows the board and a poll; the poll's id. */
async function follow(connectionId: string, shard: number): Promise<string> {
  const { sql } = database;
  const { id: pollId } = await somePoll(sql);
  await insertConnections(sql, [{ id: connectionId, shard }]);
  await sql`update connections set board_due_at = null where connection_id = ${connectionId}`;
  await insertSubscription(sql, {
    connectionId,
    newShard: shard,
    pollId,
    hasVoted: false,
    askedAt: Date.now(),
  });
  return pollId;
}

describe('the scheduled function', () => {
  test('wakes each shard with a viewer whose message is due once a look, and no other', async () => {
    const { sql } = database;
    for (const name of ['poll', 'second poll']) {
      const pollId = await follow(name, 0);
      await setPollsDue(sql, [{ connectionId: name, pollId }], 0);
    }
    await follow('following', 1);
    const resting = await follow('resting', 1);
    await setPollsDue(sql, [{ connectionId: 'resting', pollId: resting }], 60);
    await setBoardDue(sql, ['resting'], 60);
    await follow('board', 3);
    await setBoardDue(sql, ['board'], 0);
    await follow('of a shard that is no more', config.standingsPartitions);
    await setBoardDue(sql, ['of a shard that is no more'], 0);
    await look();
    expect(woken).toEqual([0, 3]);
  });

  test('wakes a shard within a second after the rest of a viewer ends', async () => {
    const pollId = await follow('resting', 2);
    await setPollsDue(database.sql, [{ connectionId: 'resting', pollId }], 0.3);
    await look(deadlineIn(1_200));
    expect(new Set(woken)).toEqual(new Set([2]));
  });
});
