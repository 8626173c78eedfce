import { setTimeout as delay } from 'node:timers/promises';
import type { IHeaders, Kafka } from 'kafkajs';
import { deadlineIn, elapsedMs, presentMoment } from '../clock.ts';
import type { LogPosition } from '../domain/voteStatus.ts';
import { messageOf, UnavailableError, UnsendableError } from '../errors.ts';
import { createBackOff, isRefusedConnection } from './backOff.ts';
import { createLiveProducer } from './liveProducer.ts';
import { partitionOf } from './placement.ts';
import { type FaultKind, faultKind, type Sending, sendOnce } from './sendOnce.ts';

export interface OutgoingRecord {
  /** Undefined: `partitionOf` chooses it by the key. */
  partition?: number;
  key: Buffer | null;
  value: Buffer | null;
  headers?: IHeaders;
}

/** The position of a record in a topic. */
export interface RecordPosition extends LogPosition {
  partition: number;
}

/** Where a record was appended. */
export interface Appended extends RecordPosition {
  /** It was sent more than once, so the log may have it at an earlier position too. */
  isResent?: boolean;
}

export interface Producer {
  /** Appends records, acknowledged by all in-sync replicas.
   * @param topic without its prefix on the cluster
   * @param deadline of the monotonic clock; no try starts after it, even if the process was frozen meanwhile
   * @returns the place of each record, in their order
   * @throws {UnavailableError} by the deadline at the latest; the records may have landed nevertheless
   * @throws {UnsendableError} when Kafka rejects a record permanently; the others have landed */
  produce(topic: string, records: OutgoingRecord[], deadline?: number): Promise<Appended[]>;
  disconnect(): Promise<void>;
}

/** A producer that reports each record separately: one failure does not fail the others. */
export interface SettlingProducer extends Producer {
  /** Like `produce`, but with one outcome per record. */
  settle(topic: string, records: OutgoingRecord[], deadline: number): Promise<(Appended | Error)[]>;
  /** Node id of the leader of the record's partition, if known. */
  leaderOf(topic: string, record: OutgoingRecord): number | undefined;
}

/** The time that a client waits for an answer; long enough for a leader election. */
export const PRODUCE_TIMEOUT_MS = 5_000;
// A restarting broker refuses connections at once, so a retry without a pause would spin.
const PAUSE_BETWEEN_TRIES_MS = 200;
// A broker's default limit is 1 MiB per batch.
const MAX_REQUEST_BYTES = 900_000;
// A new partition, or any partition on a broker that just started, may be unknown for a moment: three seconds of pauses.
const MAX_UNKNOWN = 15;

/** Creates a producer that connects on first use. After a fault it reconnects, because KafkaJS does not
 * recover from every state that a dying broker leaves it in.
 * @param prefix of the topics' names on the cluster
 * @param wait for so many milliseconds between two tries */
export function createProducer(
  client: Kafka,
  prefix: string,
  wait: (ms: number) => Promise<unknown> = delay,
): SettlingProducer {
  const live = createLiveProducer(client, prefix);

  async function settle(
    topic: string,
    records: OutgoingRecord[],
    deadline: number,
  ): Promise<(Appended | Error)[]> {
    const sendings = records.map(toSending);
    let left = sendings;
    const began = presentMoment();
    const timeoutMs = deadline - began.monotonic;
    // By both clocks: a Lambda that thaws hours later must not send a vote that was already rejected.
    const leftMs = () => timeoutMs - elapsedMs(began);
    let mostBytes = MAX_REQUEST_BYTES;
    const backOff = createBackOff(PAUSE_BETWEEN_TRIES_MS);
    for (let tries = 1; left.length > 0; tries++) {
      await sendOnce(live, topic, left, mostBytes, leftMs);
      const failed = live.generation();
      left = left.filter(({ outcome }) => !outcome);
      const faulty = Map.groupBy(left, ({ fault }) => faultKind(fault));
      const isRenewed = [...faulty.keys()].some(needsRenewal);
      const refusal = left.find(({ fault }) => isRefusedConnection(fault))?.fault;
      const pauseMs = backOff(refusal);
      // At once, so that a healthy broker is connected when the pause is over; a refusal asks for fewer connections.
      if (isRenewed && !refusal) live.renew(topic, failed);
      for (const [kind, ofKind] of faulty) {
        for (const sending of ofKind) sending.outcome = finalError(kind, sending, tries, leftMs() - pauseMs);
      }
      left = left.filter(({ outcome }) => !outcome);
      if (faulty.has('tooLarge')) mostBytes /= 2;
      if (!left.some(({ fault }) => needsRenewal(faultKind(fault)))) continue;
      await wait(pauseMs);
      // Not after the last try: nothing would use the connection now, and the broker asks for fewer.
      if (refusal) live.renew(topic, failed);
    }
    return sendings.map(({ outcome }) => outcome as Appended | Error);
  }

  return {
    settle,
    async produce(topic, records, deadline = deadlineIn(PRODUCE_TIMEOUT_MS)) {
      const settled = await settle(topic, records, deadline);
      return settled.map((outcome) => {
        if (outcome instanceof Error) throw outcome;
        return outcome;
      });
    },
    leaderOf(topic, { partition, key }) {
      const leaders = live.knownLeaders(topic) ?? [];
      return leaders[partition ?? partitionOf(key, leaders.length)];
    },
    disconnect: () => live.disconnect(),
  };
}

function toSending(record: OutgoingRecord): Sending {
  const { partition } = record;
  return {
    record,
    requests: 0,
    partition,
    leader: undefined,
    outcome: undefined,
    fault: undefined,
    isAlone: false,
  };
}

const needsRenewal = (kind: FaultKind) => kind === 'away' || kind === 'unknown' || kind === 'timedOut';

/** The error that ends the tries for this record, or undefined to retry.
 * @param leftMs after the pause before the next try */
function finalError(
  kind: FaultKind,
  { fault, isAlone }: Sending,
  tries: number,
  leftMs: number,
): Error | undefined {
  const isPermanent = kind === 'refused' || (kind === 'tooLarge' && isAlone);
  if (isPermanent || (kind === 'unknown' && tries >= MAX_UNKNOWN)) {
    return new UnsendableError(`Kafka rejected the record: ${messageOf(fault)}`, { cause: fault });
  }
  // A record that timed out may be in the log already, and its deadline is near.
  const isOver = kind === 'timedOut' || leftMs <= 0;
  return isOver ? new UnavailableError('Kafka is unavailable.', { cause: fault }) : undefined;
}
