import { expect, test } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { createLiveProducer } from '../../../lib/kafka/liveProducer.ts';

interface Message {
  partition?: number;
}
type Partition = (args: object) => number;

/** A client that knows two partitions, each led by a broker of its own, and that sends nothing. */
function clientOf(connects: { count: number }): Kafka {
  const partitionMetadata = [
    { partitionId: 0, leader: 1 },
    { partitionId: 1, leader: 2 },
  ];
  const producer = ({ createPartitioner }: { createPartitioner: () => Partition }) => ({
    connect: async () => {
      connects.count += 1;
    },
    disconnect: async () => {},
    send: async ({ topic, messages }: { topic: string; messages: Message[] }) => {
      for (const message of messages) createPartitioner()({ topic, partitionMetadata, message });
      return [];
    },
  });
  return { producer } as unknown as Kafka;
}

test('while a broker is down, votes are sorted by the last known leaders, and new leaders are requested', async () => {
  const connects = { count: 0 };
  const live = createLiveProducer(clientOf(connects), 'x-');
  expect(live.knownLeaders('votes')).toBeUndefined();
  expect(await live.leaders('votes')).toEqual([1, 2]);
  live.renew('votes', live.generation());
  // Without them, votes for brokers that are well would wait in one lane behind those for the one that is away.
  expect(live.knownLeaders('votes')).toEqual([1, 2]);
  expect(await live.leaders('votes')).toEqual([1, 2]);
  expect(connects.count).toBe(2);
  await live.disconnect();
});
