/** A backlog of votes on Kafka, worked off by the event source and `tallyVotes` on one machine with the servers. */

import { Kafka, logLevel } from 'kafkajs';
import { kafkaConfig, type PostgresConfig } from '../../lib/config.ts';
import type { NewPoll } from '../../lib/domain/poll.ts';
import { encodeBallot } from '../../lib/kafka/ballotRecord.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { patchConsumers } from '../../lib/kafka/patches/patchConsumers.ts';
import { patchKafkaJs } from '../../lib/kafka/patches/patchKafkaJs.ts';
import { partitionOf } from '../../lib/kafka/placement.ts';
import { topics } from '../../lib/kafka/topics.ts';
import { EventSource } from '../../lib/offline/event-source/eventSource.ts';
import type { Invoke, Mapping } from '../../lib/offline/event-source/mapping.ts';
import { OutageLog } from '../../lib/offline/event-source/outageLog.ts';
import type { Sql } from '../../lib/sql/client.ts';
import { freshDatabase, makeTemplate } from '../support/database/database.ts';
import { somePoll } from '../support/database/polls.ts';
import { environmentOn, loadHandler } from '../support/lambda/loadHandler.ts';
import { startKafka, startPostgres } from '../support/servers/servers.ts';
import { untilCounted } from './data/untilCounted.ts';
import { measureStepByStep } from './peers/plainTable.ts';
import { BATCH_SIZE, type BenchVote, makeVotes } from './peers/votes.ts';
import type { BenchRow } from './row.ts';

const BATCHES = 200;
const STEP_BY_STEP_VOTES = 2_000;
/** Twelve partitions are in flight at once; more connections than this only make them wait for the processor. */
const CONNECTIONS = 4;

const MAPPING: Omit<Mapping, 'groupId'> = {
  functionKey: 'tallyVotes',
  functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:tallyVotes',
  eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/bench/1',
  topic: topics.votes,
  batchSize: 2_000,
  batchingWindowMs: 0,
  functionTimeoutMs: 60_000,
  startingPosition: { at: 'TRIM_HORIZON' },
  maximumRetryAttempts: Number.POSITIVE_INFINITY,
  maximumRecordAgeMs: Number.POSITIVE_INFINITY,
  bisectBatchOnFunctionError: false,
  reportBatchItemFailures: true,
  onFailureTopic: null,
  filter: null,
};

async function produce(kafka: Kafka, votes: BenchVote[][], partitions: number): Promise<void> {
  const producer = kafka.producer({
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  await producer.connect();
  for (const batch of votes) {
    const messages = batch.map(({ ballot }) => ({
      partition: partitionOf(Buffer.from(ballot.voterKey, 'hex'), partitions),
      ...encodeBallot(ballot),
    }));
    await producer.send({ topic: topics.votes, messages });
  }
  await producer.disconnect();
}

/** The function as the emulator runs it, with its own clients and configuration. */
async function loadFunction(database: PostgresConfig, brokers: string[]): Promise<Invoke> {
  const tally = await loadHandler('kafka/tallyVotes', {
    ...environmentOn({ config: database }),
    POSTGRES_POOL_SIZE: `${CONNECTIONS}`,
    KAFKA_BROKERS: brokers.join(','),
  });
  return (_key, event) => tally(event);
}

/** Votes per second from the first fetch to the last commit. */
async function measureDrain(sql: Sql, kafka: Kafka, invoke: Invoke, poll: NewPoll, groupId: string) {
  const config = kafkaConfig();
  const votes = makeVotes([poll], BATCHES);
  await produce(kafka, votes, config.votesPartitions);
  const quiet = { info: () => {}, warn: (message: string) => console.warn(message) };
  const mapping = { ...MAPPING, groupId };
  const eventSource = new EventSource({
    mapping,
    invoke,
    kafka,
    bootstrapServers: config.brokers.join(','),
    log: quiet,
    outages: new OutageLog(quiet.warn),
  });
  await eventSource.ready;
  const startedAt = performance.now();
  await untilCounted(sql, poll.id, BATCHES * BATCH_SIZE);
  const seconds = (performance.now() - startedAt) / 1_000;
  await eventSource.stop();
  return (BATCHES * BATCH_SIZE) / seconds;
}

export default async function drain(): Promise<BenchRow[]> {
  const [server, broker] = await Promise.all([startPostgres(), startKafka()]);
  try {
    await makeTemplate(server);
    const { sql, config, end } = await freshDatabase(server, 1);
    const invoke = await loadFunction(config, broker.brokers);
    patchKafkaJs();
    patchConsumers();
    const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING });
    await createTopics(kafkaConfig());
    const poll = await somePoll(sql, { size: 4 });
    const rate = await measureDrain(sql, kafka, invoke, poll, 'bench');
    const steps = await measureStepByStep(
      config,
      makeVotes([poll], 1 + STEP_BY_STEP_VOTES / BATCH_SIZE).flat(),
    );
    await end();
    const ratio = rate / steps;
    const unit = 'votes/s';
    return [
      {
        name: 'from 200,000 on Kafka to counted',
        value: rate,
        unit,
        ratio,
        of: '8 round trips',
        goal: '≥ 120',
        met: ratio >= 120,
      },
      { name: '8 round trips a vote', value: steps, unit },
    ];
  } finally {
    await Promise.all([server.stop(), broker.stop()]);
  }
}
