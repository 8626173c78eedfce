/** Appends votes of new voters to the topic `votes` at a steady rate, as castVote would, and reports when.
 * Votes of a partition choose the option of its number, so that a poll's counts tell how far each of them is.
 * Arguments: brokers, poll, partitions, votes a second, seconds. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { encodeBallot } from '../../../lib/kafka/ballotRecord.ts';
import { partitionOf } from '../../../lib/kafka/placement.ts';
import { topics } from '../../../lib/kafka/topics.ts';

const [brokers = '', poll = '', partitions, perSecond, seconds] = process.argv.slice(2);
const SEND_EVERY_MS = 10;

const pollId = poll.replaceAll('-', '');
const now = () => performance.timeOrigin + performance.now();

/** For each partition, in order: the number of votes handed over and the time (milliseconds since 1970). */
const sent: { at: number; votes: number }[][] = Array.from({ length: Number(partitions) }, () => []);

function makeVote() {
  const voterKey = randomBytes(16).toString('hex');
  const partition = partitionOf(Buffer.from(voterKey, 'hex'), Number(partitions));
  const acceptedAt = Math.round(now() * 1_000);
  return {
    partition,
    ...encodeBallot({ pollId, voterKey, acceptedAt, choices: 2 ** partition, mayChange: false, wording: 0 }),
  };
}

const producer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR }).producer({
  createPartitioner:
    () =>
    ({ message }) =>
      message.partition ?? 0,
});
await producer.connect();

/** One after the other on one connection, so that each partition's votes stay in order. */
const sends: Promise<unknown>[] = [];
const begun = now();
for (let votes = 0; votes < Number(perSecond) * Number(seconds); ) {
  const owed = Math.min(((now() - begun) / 1_000) * Number(perSecond), Number(perSecond) * Number(seconds));
  const messages = Array.from({ length: Math.floor(owed) - votes }, makeVote);
  votes += messages.length;
  const counts = Map.groupBy(messages, ({ partition }) => partition);
  const at = now();
  for (const [partition, { length }] of counts) sent[partition]?.push({ at, votes: length });
  sends.push(producer.send({ topic: topics.votes, messages }));
  await delay(SEND_EVERY_MS);
}
await Promise.all(sends);
await producer.disconnect();
process.stdout.write(JSON.stringify(sent));
