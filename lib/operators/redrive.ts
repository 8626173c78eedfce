import type { Kafka } from 'kafkajs';
import type { KafkaConfig } from '../config.ts';
import { firstAppendTimeHeaders } from '../kafka/ballotRecord.ts';
import type { DeadLetter } from '../kafka/deadLetter.ts';
import type { Producer } from '../kafka/producer.ts';
import { readDeadLetters } from '../kafka/readDeadLetters.ts';
import { topics } from '../kafka/topics.ts';
import type { Sql } from '../sql/client.ts';
import { inLongTransaction } from '../sql/limits.ts';
import { insertRedriven } from '../sql/redriven.ts';
import { type ClassifiedLetter, classifyDeadLetters } from './classifyDeadLetters.ts';

export interface RedriveDeps {
  sql: Sql;
  client: Kafka;
  producer: Producer;
  kafka: KafkaConfig;
}

/** A dead letter as `--json` prints it; times are ISO 8601. */
export interface ListedLetter {
  offset: number;
  set_aside_at: string;
  stood_at: { topic: string; partition: number; offset: number; append_time: string } | null;
  /** Why it became a dead letter. */
  reason: string;
  can_be_sent: boolean;
  /** Why it cannot be sent now. */
  obstacle: string | null;
}

export interface Redriven {
  sent: number;
  /** The dead letters that remain. */
  standing: ListedLetter[];
}

/**
 * Reads `votes.dlq` and, if `isSending`, sends the records that can be counted now to `votes`, each once. A record that
 * was dead-lettered several times is sent once.
 *
 * Sending and marking as sent are two steps, so a crash between them sends some records twice. That changes no count:
 * a ballot is judged by the time it was accepted and the time it first reached the log.
 *
 * @param say receives the number of letters done and the total
 * @throws {UnavailableError} if Kafka does not accept the records; earlier batches stay sent and marked
 */
export async function redrive(
  deps: RedriveDeps,
  isSending: boolean,
  say: (done: number, of: number) => void = () => {},
): Promise<Redriven> {
  const all: Redriven = { sent: 0, standing: [] };
  const seen = new Set<string>();
  let done = 0;
  await readDeadLetters(deps.client, deps.kafka, async (letters, of) => {
    const first = letters.filter((letter) => isFirst(letter, seen));
    const judged = isSending ? await sendBatch(deps, first) : await classifyDeadLetters(deps.sql, first);
    const standing = isSending ? judged.filter(({ canBeSent }) => !canBeSent) : judged;
    all.sent += judged.length - standing.length;
    all.standing.push(...standing.map(toListed));
    done += letters.length;
    say(done, of);
  });
  return all;
}

function toListed(judged: ClassifiedLetter): ListedLetter {
  const { offset, setAsideAt, reason, topic, stoodAt } = judged.letter;
  const iso = (time: number) => new Date(time).toISOString();
  return {
    offset,
    set_aside_at: iso(setAsideAt),
    stood_at: stoodAt
      ? { topic, partition: stoodAt.partition, offset: stoodAt.offset, append_time: iso(stoodAt.appendTime) }
      : null,
    reason,
    can_be_sent: judged.canBeSent,
    obstacle: judged.canBeSent ? null : judged.obstacle,
  };
}

/** Whether this record appears for the first time; a replay dead-letters the same record again. */
function isFirst({ stoodAt }: DeadLetter, seen: Set<string>): boolean {
  const place = stoodAt && Object.values(stoodAt).join();
  if (place === undefined) return true;
  const isNew = !seen.has(place);
  seen.add(place);
  return isNew;
}

/** The records reach the log within seconds after their polls were found open, like cast votes, and so before the
 * results become final. */
function sendBatch({ sql, producer }: RedriveDeps, letters: DeadLetter[]): Promise<ClassifiedLetter[]> {
  return inLongTransaction(sql, async (tx) => {
    // A concurrent redrive waits here, then finds these records marked as sent.
    await tx`lock table redriven_votes in share row exclusive mode`;
    const judged = await classifyDeadLetters(tx, letters);
    const sendable = judged.filter((one) => one.canBeSent);
    if (sendable.length === 0) return judged;
    const records = sendable.map(({ letter: { record }, ballot }) => ({
      key: record.key,
      value: record.value,
      headers: firstAppendTimeHeaders(ballot.appendTime),
    }));
    await producer.produce(topics.votes, records);
    await insertRedriven(
      tx,
      sendable.map(({ stoodAt }) => stoodAt),
    );
    return judged;
  });
}
