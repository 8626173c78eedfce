import type { RecordMetadata } from 'kafkajs';
import { deadlineIn, wallClockMs } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import type { LiveProducer } from './liveProducer.ts';
import { partitionAnswers } from './patches/produceAnswers.ts';
import { chunksByBytes, partitionOf } from './placement.ts';
import type { Appended, OutgoingRecord } from './producer.ts';

/** A record in flight, with its outcome or else the fault of its last try. */
export interface Sending {
  readonly record: OutgoingRecord;
  /** How many requests contained it. */
  requests: number;
  /** Chosen at the first try: a retry must not change the partition. */
  partition: number | undefined;
  leader: number | undefined;
  outcome: Appended | Error | undefined;
  fault: unknown;
  /** Whether its request had no other record of its partition. */
  isAlone: boolean;
}

type Answer = Pick<RecordMetadata, 'partition' | 'baseOffset' | 'logAppendTime'> & { error?: unknown };

/** A record's lengths and deltas, at their maximum size. */
const RECORD_OVERHEAD_BYTES = 40;
const HEADER_OVERHEAD_BYTES = 10;

/**
 * Tries once to append each record, and sets its outcome or fault. Sends to all leaders in parallel and in
 * separate requests, so a dead one does not block the others. A record never lands in a partition without its
 * predecessor.
 *
 * @param mostBytes of a request
 * @param leftMs returns the milliseconds until the deadline
 */
export async function sendOnce(
  producer: LiveProducer,
  topic: string,
  sendings: Sending[],
  mostBytes: number,
  leftMs: () => number,
): Promise<void> {
  const send = async (request: Sending[]) => {
    for (const sending of request) sending.requests += 1;
    const sentAt = wallClockMs();
    const messages = request.map(({ record, partition = 0, leader = 0 }) => {
      return { ...record, partition, leader, leftMs, timestamp: `${sentAt}` };
    });
    const answers = withDeadline(producer.send(topic, messages), deadlineIn(leftMs()), 'Kafka');
    await answers.then(
      (landed) => note(request, landed, sentAt),
      (error) => note(request, partitionAnswers(error) ?? [], sentAt, error),
    );
  };
  try {
    assign(sendings, await withDeadline(producer.leaders(topic), deadlineIn(leftMs()), 'Kafka'));
  } catch (error) {
    for (const sending of sendings) sending.fault = error;
    return;
  }
  const led = Map.groupBy(sendings, ({ leader }) => leader);
  led.delete(undefined);
  await Promise.all([...led.values()].map((ofLeader) => sendInOrder(ofLeader, mostBytes, send)));
}

function assign(sendings: Sending[], leaders: readonly number[]): void {
  for (const sending of sendings) {
    sending.partition ??= partitionOf(sending.record.key, leaders.length);
    sending.leader = leaders[sending.partition];
    sending.fault =
      sending.leader === undefined
        ? new UnknownPartitionError(`The topic has no partition ${sending.partition}.`)
        : undefined;
  }
}

async function sendInOrder(
  led: Sending[],
  mostBytes: number,
  send: (request: Sending[]) => Promise<void>,
): Promise<void> {
  const faults = new Map<number | undefined, unknown>();
  for (const run of chunksByBytes(led, sizeOf, mostBytes)) {
    const request = run.filter(({ partition }) => !faults.has(partition));
    const perPartition = Map.groupBy(request, ({ partition }) => partition);
    for (const sending of request) sending.isAlone = perPartition.get(sending.partition)?.length === 1;
    if (request.length > 0) await send(request);
    for (const sending of run) {
      if (sending.fault) faults.set(sending.partition, sending.fault);
      else if (!sending.outcome) sending.fault = faults.get(sending.partition);
    }
  }
}

/** @param fault for records of partitions without an answer */
function note(request: Sending[], answers: Answer[], sentAt: number, fault?: unknown): void {
  const byPartition = new Map(answers.map((answer) => [answer.partition, answer]));
  const next = new Map<number, number>();
  for (const sending of request) {
    const { partition = 0 } = sending;
    const answer = byPartition.get(partition);
    sending.fault = answer ? answer.error : (fault ?? new Error('Kafka did not answer for this partition.'));
    if (!answer || answer.error) continue;
    const offset = next.get(partition) ?? Number(answer.baseOffset);
    next.set(partition, offset + 1);
    const appended = Number(answer.logAppendTime ?? -1);
    // A topic with CreateTime answers -1; its consumers read the time that was sent.
    sending.outcome = {
      partition,
      offset,
      appendTime: appended < 0 ? sentAt : appended,
      ...(sending.requests > 1 ? { isResent: true } : {}),
    };
  }
}

function sizeOf({ record: { key, value, headers = {} } }: Sending): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of Object.entries(headers)) {
    for (const one of [content].flat()) {
      bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(one ?? '');
    }
  }
  return bytes;
}

// Permanent: they concern the record itself or the sender's permissions.
const REFUSALS = new Set([
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_REQUIRED_ACKS',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'POLICY_VIOLATION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** A partition's leader changed after its records were grouped by leader. */
export class MovedError extends Error {
  override readonly name = 'MovedError';
}

/** The topic's metadata does not list this partition. */
class UnknownPartitionError extends Error {
  override readonly name = 'UnknownPartitionError';
}

/** Retries: `moved` at once, `tooLarge` in smaller requests, `unknown` a few times, `away` until the
 * deadline. `refused` and `timedOut` get none: a record that timed out may be in the log. */
export type FaultKind = 'refused' | 'tooLarge' | 'unknown' | 'moved' | 'timedOut' | 'away';

/** Classifies the fault of a record.
 * @param error as KafkaJS throws it, wrapped at least once */
export function faultKind(error: unknown): FaultKind {
  if (!(error instanceof Error)) return 'away';
  const type = 'type' in error ? String(error.type) : '';
  if (REFUSALS.has(type)) return 'refused';
  if (TOO_LARGE.has(type)) return 'tooLarge';
  if (error instanceof MovedError) return 'moved';
  if (error instanceof UnknownPartitionError || type === 'UNKNOWN_TOPIC_OR_PARTITION') return 'unknown';
  if (error.name === 'KafkaJSRequestTimeoutError') return 'timedOut';
  return error.cause === undefined ? 'away' : faultKind(error.cause);
}
