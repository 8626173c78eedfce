import { setTimeout as delay } from 'node:timers/promises';
import type { IHeaders, Kafka } from 'kafkajs';
import { deadlineIn, elapsedMs, presentMoment } from '../clock.ts';
import { UnavailableError, UnsendableError } from '../errors.ts';
import { partitionOf } from './ballotRecord.ts';
import { createLiveProducer } from './liveProducer.ts';
import { type FaultKind, faultKind, type Sending, sendOnce } from './sendOnce.ts';

export interface OutgoingRecord {
  /** Undefined: chosen by the key, among as many as the topic has, see `partitionOf`. */
  partition?: number;
  key: Buffer | null;
  value: Buffer | null;
  headers?: IHeaders;
}

/** Where a record came to stand in its partition's log; `appendTime` in milliseconds since 1970. */
export interface Place {
  partition: number;
  offset: number;
  appendTime: number;
}

export interface Producer {
  /** Appends records, acknowledged by all in-sync replicas, and tells the place of each, in their order.
   * @param topic without the prefix that it has on the cluster
   * @param deadline of the monotonic clock; no try begins after it, even if the process slept meanwhile.
   * @throws {UnavailableError} by the deadline at the latest. The records may have landed all the same.
   * @throws {UnsendableError} when Kafka refuses one for what it is; the others have landed */
  produce(topic: string, records: OutgoingRecord[], deadline?: number): Promise<Place[]>;
  disconnect(): Promise<void>;
}

/** One whose callers do not share their fate. */
export interface SettlingProducer extends Producer {
  /** As `produce`, but with the outcome of each record by itself. */
  settle(topic: string, records: OutgoingRecord[], deadline: number): Promise<(Place | Error)[]>;
  /** Node id of the broker that leads the record's partition, if that is known. */
  leaderOf(topic: string, record: OutgoingRecord): number | undefined;
}

/** As long as a client waits for its answer. A leader election fits in. */
export const PRODUCE_PATIENCE_MS = 5_000;
// A broker that restarts refuses connections at once: no need to ask it more often than this.
const PAUSE_BETWEEN_TRIES_MS = 200;
// A broker takes a batch of 1 MiB by default.
const MAX_REQUEST_BYTES = 900_000;
// A broker that has just started, or a partition that has just been made, may be unknown for a moment.
const MAX_UNKNOWN = 4;

/** A producer that connects when first used. After a fault it connects anew, because KafkaJS does not find back
 * from every state that a dying broker leaves it in.
 * @param prefix of the topics' names on the cluster */
export function createProducer(client: Kafka, prefix: string): SettlingProducer {
  const live = createLiveProducer(client, prefix);

  async function settle(
    topic: string,
    records: OutgoingRecord[],
    deadline: number,
  ): Promise<(Place | Error)[]> {
    const sendings = records.map(toSending);
    let left = sendings;
    const began = presentMoment();
    const patienceMs = deadline - began.monotonic;
    // By both clocks: a Lambda that thaws hours later must not send what the voter was long told to be refused.
    const leftMs = () => patienceMs - elapsedMs(began);
    let mostBytes = MAX_REQUEST_BYTES;
    for (let tries = 1; left.length > 0; tries++) {
      await sendOnce(live, topic, left, mostBytes, leftMs);
      left = left.filter(({ outcome }) => !outcome);
      const faulty = Map.groupBy(left, ({ fault }) => faultKind(fault));
      if ([...faulty.keys()].some(needsRenewal)) live.renew(topic);
      for (const [kind, ofKind] of faulty) {
        for (const sending of ofKind) sending.outcome = endOf(kind, sending, tries, leftMs());
      }
      left = left.filter(({ outcome }) => !outcome);
      if (faulty.has('tooLarge')) mostBytes /= 2;
      if (left.some(({ fault }) => needsRenewal(faultKind(fault)))) await delay(PAUSE_BETWEEN_TRIES_MS);
    }
    return sendings.map(({ outcome }) => outcome as Place | Error);
  }

  return {
    settle,
    async produce(topic, records, deadline = deadlineIn(PRODUCE_PATIENCE_MS)) {
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
  return { record, partition, leader: undefined, outcome: undefined, fault: undefined, isAlone: false };
}

const needsRenewal = (kind: FaultKind) => kind === 'away' || kind === 'unknown' || kind === 'timedOut';

/** What ends the tries to send this record, or undefined if there is to be another one. */
function endOf(
  kind: FaultKind,
  { fault, isAlone }: Sending,
  tries: number,
  leftMs: number,
): Error | undefined {
  const isHopeless = kind === 'refused' || (kind === 'tooLarge' && isAlone);
  if (isHopeless || (kind === 'unknown' && tries >= MAX_UNKNOWN)) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    return new UnsendableError(`Kafka does not take this record: ${reason}`, { cause: fault });
  }
  // What timed out may be in the log already, and its time is nearly over.
  const isOver = kind === 'timedOut' || leftMs <= PAUSE_BETWEEN_TRIES_MS;
  return isOver ? new UnavailableError('Kafka is away.', { cause: fault }) : undefined;
}
