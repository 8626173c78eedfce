import type { MSKRecord } from 'aws-lambda';
import { until } from '../../../lib/concurrency/deadline.ts';
import { type KafkaConfig, kafkaConfig } from '../../../lib/config.ts';
import { type VoteStatus, voteStatus } from '../../../lib/domain/voteStatus.ts';
import { encodeBallot, MARKER } from '../../../lib/kafka/ballotRecord.ts';
import { kafkaClient } from '../../../lib/kafka/client.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { createProducer, type RecordPosition, type SettlingProducer } from '../../../lib/kafka/producer.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import type { EventSource } from '../../../lib/offline/event-source/eventSource.ts';
import type { RedriveDeps } from '../../../lib/operators/redrive.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { findVoteFacts } from '../../../lib/sql/voteFacts.ts';
import { moveToDeadLetters } from '../../../lib/votes/deadLetters.ts';
import { readBallots } from '../../../lib/votes/readBallots.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import type { LoggedBallot } from '../../support/database/polls.ts';
import { callWithRecords } from '../../support/kafka/eventSource.ts';
import { startKafka } from '../../support/servers/servers.ts';

const COUNTED_WITHIN_MS = 30_000;

/** A log of its own on which votes are counted all the time, by a version that may not be able to read them all. */
export interface CountedLog extends RedriveDeps {
  producer: SettlingProducer;
  database: FreshDatabase;
  kafka: KafkaConfig;
  /** The keys of voters whose ballots cannot be read yet: they are set aside. */
  strangers: Set<string>;
  /** Appends ballots, and waits until they are counted or set aside. @returns the place of each */
  append(...ballots: LoggedBallot[]): Promise<RecordPosition[]>;
  /** Waits until all that is on the log is counted or set aside. @returns how many records have come by */
  settle(): Promise<number>;
  /** What the receipt of a ballot says. */
  statusOf(ballot: LoggedBallot, place: RecordPosition): Promise<VoteStatus>;
  stop(): Promise<void>;
}

export async function startCountedLog(): Promise<CountedLog> {
  const [server, database] = await Promise.all([startKafka(), freshDatabase()]);
  const kafka = kafkaConfig({
    KAFKA_BROKERS: server.brokers.join(),
    KAFKA_REPLICATION: '1',
    VOTES_PARTITIONS: '3',
  });
  await createTopics(kafka);
  const client = kafkaClient(kafka);
  const producer = createProducer(client, kafka.topicPrefix);
  const strangers = new Set<string>();
  let seen = 0;

  async function count(records: MSKRecord[]): Promise<void> {
    const batch = readBallots(records);
    const isStrange = (key: string) => strangers.has(Buffer.from(key, 'base64').toString('hex'));
    const strange = records.filter(({ key = '' }) => isStrange(key));
    const ballots = batch.ballots.filter(({ voterKey }) => !strangers.has(voterKey));
    await moveToDeadLetters(producer, [
      ...batch.unreadable,
      ...strange.map((record) => ({ record, reason: 'Too new.' })),
    ]);
    seen += records.length;
    await tallyBallots(database.sql, { ...batch, ballots });
  }

  const counting = startCounting(server.brokers, count);

  async function settle(): Promise<number> {
    const markers = [0, 1, 2].map((partition) => ({ partition, key: null, value: MARKER }));
    const places = await producer.produce(topics.votes, markers);
    await until(async () => {
      const progress = await database.sql`select log_offset from partition_progress order by partition`;
      const isThere = places.every(({ offset }, at) => progress[at]?.['log_offset'] >= offset);
      if (!isThere) throw new Error(`Counted to ${JSON.stringify(progress)} of ${JSON.stringify(places)}`);
    }, COUNTED_WITHIN_MS);
    return seen;
  }

  return {
    database,
    sql: database.sql,
    kafka,
    client,
    producer,
    strangers,
    settle,
    append: async (...ballots) => {
      const records = ballots.map((ballot) => {
        return encodeBallot(ballot);
      });
      const places = await producer.produce(topics.votes, records);
      await settle();
      return places.map(({ partition, offset, appendTime }) => ({ partition, offset, appendTime }));
    },
    statusOf: async (ballot, place) => {
      const vote = { ...ballot, ...place, isWithdrawal: ballot.choices === 0 };
      const [facts] = await findVoteFacts(database.sql, [vote]);
      if (!facts) throw new Error('There are no facts.');
      return voteStatus(vote, facts);
    },
    stop: async () => {
      await counting.stop();
      await producer.disconnect();
      await database.end();
      await server.stop();
    },
  };
}

function startCounting(brokers: string[], count: (records: MSKRecord[]) => Promise<void>): EventSource {
  return callWithRecords(brokers, topics.votes, async ({ records }) => {
    for (const batch of Object.values(records)) await count(batch);
  });
}
