import kafkajs, { type Message } from 'kafkajs';
import { until } from '../../../lib/concurrency/deadline.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import { appendTo, readTopic } from '../log.ts';
import type { Random } from '../random.ts';
import { type World, worldNames } from '../worlds/world.ts';
import type { Fault } from './fault.ts';

const VOTES_GROUP = 'polling-group-votes';
/** A group whose members were killed is empty once the broker has missed them for so long. */
const EMPTY_WITHIN_MS = 60_000;
/** As many as the topic has by default. */
const VOTES_PARTITIONS = 12;
const MAX_RECORDS = 500;
const GARBAGE_RECORDS = 30;
const MANY_HEADERS = 5_000;
const MAX_GARBAGE_BYTES = 200_000;

/** Names that an object has from birth, and one that a ballot's record has with a sense. */
const HEADER_NAMES = ['constructor', '__proto__', 'toString', 'waiter', ''];

async function rereadAll({ kafka }: World): Promise<void> {
  await until(async () => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      await admin.resetOffsets({ groupId: VOTES_GROUP, topic: topics.votes, earliest: true });
    } finally {
      await admin.disconnect();
    }
  }, EMPTY_WITHIN_MS);
}

async function produceAgain({ kafka }: World, random: Random): Promise<void> {
  const records = await readTopic(kafka, topics.votes);
  const again = random.some(records, MAX_RECORDS).map(({ partition, message }) => ({
    partition,
    key: message.key,
    value: message.value,
    ...(message.headers ? { headers: message.headers } : {}),
  }));
  const { None, ZSTD } = kafkajs.CompressionTypes;
  await appendTo(kafka, topics.votes, again, random.percent(50) ? ZSTD : None);
}

function garbage(random: Random): Message {
  const bytes = (most: number) =>
    Buffer.from(Array.from({ length: random.whole(0, most) }, () => random.whole(0, 255)));
  // Of the right size, so that it is read to its end.
  const nearlyABallot = () => Buffer.alloc(33, random.whole(0, 3));
  const values = [
    () => null,
    () => bytes(40),
    nearlyABallot,
    () => Buffer.alloc(random.whole(0, MAX_GARBAGE_BYTES)),
  ];
  return {
    partition: random.whole(0, VOTES_PARTITIONS - 1),
    key: random.pick([() => null, () => bytes(20), () => Buffer.alloc(16, random.whole(0, 255))])(),
    value: random.pick(values)(),
    headers: Object.fromEntries(random.some(HEADER_NAMES, 2).map((name) => [name, bytes(50)])),
  };
}

/** KafkaJS by itself reads it for seconds, in which it does nothing else. */
function withManyHeaders(random: Random): Message {
  const headers = Object.fromEntries(Array.from({ length: MANY_HEADERS }, (_, at) => [`header ${at}`, 'x']));
  return { ...garbage(random), headers };
}

export const logFaults: Fault[] = [
  {
    name: 'offsets reset',
    needsKafka: true,
    ofSystem: true,
    restartsSystem: true,
    // An embedded broker would end with the process that has to be away.
    worlds: ['proxied', 'cluster'],
    lastsMs: [0, 0],
    inject: async (world) => {
      await world.system.kill9();
      await rereadAll(world);
      return () => until(() => world.system.restart(), EMPTY_WITHIN_MS);
    },
  },
  {
    name: 'records produced again',
    needsKafka: true,
    worlds: [...worldNames],
    lastsMs: [0, 500],
    inject: async (world, random) => {
      await produceAgain(world, random);
      return async () => {};
    },
  },
  {
    name: 'garbage in the log',
    needsKafka: true,
    worlds: [...worldNames],
    lastsMs: [0, 500],
    inject: async ({ kafka }, random) => {
      const records = Array.from({ length: GARBAGE_RECORDS }, () => garbage(random));
      await appendTo(kafka, topics.votes, [...records, withManyHeaders(random)]);
      await appendTo(kafka, topics.votes, records, kafkajs.CompressionTypes.ZSTD);
      return async () => {};
    },
  },
];
