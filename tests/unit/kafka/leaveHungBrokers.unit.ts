import { beforeAll, expect, test } from '@jest/globals';
import { KafkaJSRequestTimeoutError } from 'kafkajs';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import { leaveHungBrokers } from '../../../lib/kafka/patches/leaveHungBrokers.ts';

const TimeoutError = KafkaJSRequestTimeoutError as unknown as new (message: string, of: object) => Error;
const timeoutOf = (broker: string) => new TimeoutError('Request Fetch timed out', { broker });

/** Fails all heartbeats and recoveries with this error. */
let fault: unknown;

beforeAll(() => {
  const fail = async () => {
    throw fault;
  };
  ConsumerGroup.prototype.heartbeat = fail;
  ConsumerGroup.prototype.recoverFromFetch = fail;
  ConsumerGroup.prototype.commitOffsets = fail;
  leaveHungBrokers();
});

function groupOf(...ports: number[]) {
  const disconnected: number[] = [];
  const brokers = Object.fromEntries(
    ports.map((port) => {
      const connectionPool = { host: 'kafka', port };
      const disconnect = async () => void disconnected.push(port);
      return [`${port}`, { brokerAddress: `kafka:${port}`, connectionPool, disconnect }];
    }),
  );
  const removeBroker = ({ port }: { port: number }) => delete brokers[port];
  const cluster = { brokerPool: { brokers, removeBroker } };
  const group: ConsumerGroup = Object.assign(Object.create(ConsumerGroup.prototype), {
    cluster,
    coordinator: { brokerAddress: `kafka:${ports[0]}` },
  });
  return { group, disconnected, known: () => Object.keys(brokers) };
}

test('a fetch that times out leaves the broker, so that the next one reads the metadata anew', async () => {
  const { group, known, disconnected } = groupOf(1, 2, 3);
  fault = timeoutOf('kafka:2');
  await group.recoverFromFetch(fault);
  expect(known()).toEqual(['1', '3']);
  expect(disconnected).toEqual([2]);
  // The answer of another request to it.
  await group.recoverFromFetch(fault);
  expect(known()).toEqual(['1', '3']);
});

test('a heartbeat that times out leaves the coordinator and asks to join again', async () => {
  const { group, known } = groupOf(1, 2, 3);
  fault = timeoutOf('kafka:1');
  await expect(group.heartbeat({ interval: 1 })).rejects.toMatchObject({ type: 'NOT_COORDINATOR_FOR_GROUP' });
  expect(known()).toEqual(['2', '3']);
});

test('a consumer that has left its coordinator asks to join again at once', async () => {
  for (const leave of ['recoverFromFetch', 'commitOffsets'] as const) {
    const { group, known } = groupOf(1, 2, 3);
    fault = timeoutOf('kafka:1');
    await group[leave](fault as Error).catch(() => undefined);
    expect(known()).toEqual(['2', '3']);
    fault = new Error('It was asked.');
    await expect(group.heartbeat({ interval: 1 })).rejects.toMatchObject({
      type: 'NOT_COORDINATOR_FOR_GROUP',
    });
  }
});

test('the only broker is waited for, and other errors stay what they are', async () => {
  const { group, known } = groupOf(1);
  fault = timeoutOf('kafka:1');
  await expect(group.recoverFromFetch(fault)).rejects.toBe(fault);
  await expect(group.heartbeat({ interval: 1 })).rejects.toBe(fault);
  expect(known()).toEqual(['1']);
  const { group: wide, known: all } = groupOf(1, 2);
  fault = new Error('Disk on fire');
  await expect(wide.recoverFromFetch(fault)).rejects.toBe(fault);
  await expect(wide.heartbeat({ interval: 1 })).rejects.toBe(fault);
  expect(all()).toEqual(['1', '2']);
});
