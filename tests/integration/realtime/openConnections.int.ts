import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { kafkaConfig } from '../../../lib/config.ts';
import { shardOf } from '../../../lib/domain/shard.ts';
import { UnavailableError } from '../../../lib/errors.ts';
import { kafkaClient } from '../../../lib/kafka/client.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { openProducer } from '../../../lib/kafka/openProducer.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer.ts';
import { decodeStandings } from '../../../lib/kafka/standingsRecord.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import { freePort } from '../../../lib/offline/ports.ts';
import { connectionOpener } from '../../../lib/realtime/connections.ts';
import { followBoard, saveBoard } from '../../../lib/sql/boards.ts';
import { deleteConnections, insertConnections } from '../../../lib/sql/connections.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';

const SHARDS = 4;
const KAFKA = { KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'], KAFKA_REPLICATION: '1' };
let database: FreshDatabase;
let producer: Producer;

beforeAll(async () => {
  database = await freshDatabase();
  const config = kafkaConfig(KAFKA);
  await createTopics(config);
  producer = openProducer(config);
});
afterAll(async () => {
  await producer.disconnect();
  await database.end();
});

/** The partition of the record that asks for a connection's welcome. */
async function welcomedIn(connectionId: string): Promise<number> {
  const kafka = new Kafka({ brokers: kafkaConfig(KAFKA).brokers, logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic: topics.standings, fromBeginning: true });
  const found = await new Promise<number>((resolve, reject) => {
    const eachMessage = async ({
      partition,
      message,
    }: {
      partition: number;
      message: { value: Buffer | null };
    }) => {
      const record = decodeStandings(message.value?.toString('base64'));
      if (record.type === 'welcome' && record.connectionId === connectionId) resolve(partition);
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return found;
}

async function rowOf(connectionId: string) {
  const [row] = await database.sql`select * from connections where connection_id = ${connectionId}`;
  return row;
}

describe('opening a connection', () => {
  test('registers it in its shard and asks that shard to send the first message', async () => {
    const id = randomUUID();
    await connectionOpener(databaseOn(database.sql), producer, SHARDS)(id);
    expect(await rowOf(id)).toMatchObject({ shard: shardOf(id, SHARDS), board_due_at: expect.any(Date) });
    expect(await welcomedIn(id)).toBe(shardOf(id, SHARDS));
  });

  test('without a leaderboard asks for no first message', async () => {
    const id = randomUUID();
    const produced: unknown[] = [];
    const overheard: Producer = {
      ...producer,
      produce: async (...order) => {
        produced.push(order);
        return producer.produce(...order);
      },
    };
    await connectionOpener(databaseOn(database.sql), overheard, SHARDS)(id, false);
    expect(await rowOf(id)).toMatchObject({ wants_board: false, board_due_at: null });
    expect(produced).toEqual([]);
  });

  test('is batched with concurrent connections', async () => {
    const ids = Array.from({ length: 1_000 }, () => randomUUID());
    const open = connectionOpener(databaseOn(database.sql), producer, SHARDS);
    await Promise.all(ids.map((id) => open(id)));
    const rows = await database.sql`select connection_id as id, shard from connections`;
    const shards = new Map(rows.map((row) => [row['id'], row['shard']]));
    expect(ids.map((id) => shards.get(id))).toEqual(ids.map((id) => shardOf(id, SHARDS)));
    // FNV-1a spreads them: no shard has a third more than its part.
    const sizes = Array.from(
      { length: SHARDS },
      (_, shard) => ids.filter((id) => shards.get(id) === shard).length,
    );
    expect(Math.max(...sizes)).toBeLessThan((1_000 / SHARDS) * 1.33);
  });

  test('is rejected while Kafka is unavailable, and leaves no row', async () => {
    const id = randomUUID();
    const nowhere = kafkaConfig({ KAFKA_BROKERS: `127.0.0.1:${await freePort()}` });
    const lost = createProducer(kafkaClient(nowhere), '');
    await expect(connectionOpener(databaseOn(database.sql), lost, SHARDS)(id)).rejects.toThrow(
      UnavailableError,
    );
    expect(await rowOf(id)).toBeUndefined();
  });
});

describe('the leaderboard of a connection', () => {
  const entry = { rank: 1, poll_id: 'p', poll_question: 'q', option_id: 'o', option_text: 't', position: 0 };

  test('is the one that its own shard sent last', async () => {
    await insertConnections(database.sql, [{ id: 'mine', shard: 1 }]);
    await saveBoard(database.sql, 1, 6, [{ ...entry, vote_count: 3 }]);
    await saveBoard(database.sql, 2, 2, []);
    expect(await followBoard(database.sql, 'mine', 2)).toEqual({
      version: 7,
      entries: [{ ...entry, vote_count: 3 }],
    });
  });

  test('is empty before its shard has sent any', async () => {
    await insertConnections(database.sql, [{ id: 'early', shard: 3 }]);
    expect(await followBoard(database.sql, 'early', 3)).toEqual({ version: 0, entries: [] });
  });

  test('registers a deleted connection again if it still sends messages', async () => {
    await deleteConnections(database.sql, ['speaker']);
    await followBoard(database.sql, 'speaker', 2);
    expect(await rowOf('speaker')).toMatchObject({ shard: 2, board_due_at: expect.any(Date) });
  });
});
