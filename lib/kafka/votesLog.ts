import type { Admin, Kafka } from 'kafkajs';
import { wallClockMs } from '../clock.ts';
import { until } from '../concurrency/deadline.ts';
import type { KafkaConfig } from '../config.ts';
import { connectAny } from './client.ts';
import { topicsOf } from './topics.ts';

/** A partition of `votes`, from its first record to the one that comes next. */
export interface LogExtent {
  partition: number;
  low: number;
  high: number;
}

/** A record that waits, and what is known of its append time. */
export interface Waiting {
  partition: number;
  offset: number;
  /** Milliseconds since 1970; it was appended at this time or later. */
  appendedAfter: number;
}

/** Reads what an operator wants to know of the log, over one connection. */
export interface VotesLog {
  extents(): Promise<LogExtent[]>;
  /** How many records `votes.dlq` keeps, those that were sent again too. */
  deadLetters(): Promise<number>;
  /** How long these records have been in the log: at most a tenth too much.
   * @returns milliseconds by partition */
  ages(waiting: Waiting[]): Promise<Map<number, number>>;
  close(): Promise<void>;
}

const ANSWER_WITHIN_MS = 5_000;

/** @throws KafkaJSError when the brokers do not answer or a topic is missing */
export async function openVotesLog(client: Kafka, { topicPrefix }: KafkaConfig): Promise<VotesLog> {
  const { votes, deadLetters } = topicsOf(topicPrefix);
  const admin = await connectAny(() => client.admin());
  // A partition whose leader just changed refuses once or twice.
  const extentsOf = (topic: string) =>
    until(async () => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }));
    }, ANSWER_WITHIN_MS);
  return {
    extents: () => extentsOf(votes),
    deadLetters: async () =>
      (await extentsOf(deadLetters)).reduce((sum, { low, high }) => sum + high - low, 0),
    ages: (waiting) => findAges(admin, votes, waiting),
    close: () => admin.disconnect(),
  };
}

const PRECISION = 1.1;
/** A search takes eight to narrow a week down to a tenth, and one question is asked for all partitions. */
const MAX_QUESTIONS = 64;

/** Kafka reports a record's time only when it is read, and KafkaJS reads only in groups. But Kafka reports the first
 * record after a time, and times grow with offsets, so halving finds it. */
async function findAges(admin: Admin, topic: string, waiting: Waiting[]): Promise<Map<number, number>> {
  const now = wallClockMs();
  const searches = waiting.map(({ partition, offset, appendedAfter }) => {
    return { partition, offset, least: 1, most: Math.max(1, now - appendedAfter) };
  });
  for (let asked = 0; asked < MAX_QUESTIONS; asked += 1) {
    const open = searches.find(({ least, most }) => most > least * PRECISION);
    if (!open) break;
    const age = Math.sqrt(open.least * open.most);
    const firsts = await admin.fetchTopicOffsetsByTimestamp(topic, Math.floor(now - age));
    const firstIn = new Map(firsts.map(({ partition, offset }) => [partition, Number(offset)]));
    for (const search of searches) {
      const isOlder = (firstIn.get(search.partition) ?? 0) > search.offset;
      if (isOlder) search.least = Math.min(search.most, Math.max(search.least, age));
      else search.most = Math.max(search.least, Math.min(search.most, age));
    }
  }
  return new Map(searches.map(({ partition, most }) => [partition, Math.ceil(most)]));
}
