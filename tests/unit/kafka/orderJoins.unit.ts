import { beforeAll, expect, test } from '@jest/globals';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import Runner from 'kafkajs/src/consumer/runner.js';
import { orderJoins } from '../../../lib/kafka/patches/orderJoins.ts';

beforeAll(() => {
  // KafkaJS's own need brokers; these answer when a test lets them.
  ConsumerGroup.prototype.fetch = function fetchLater(this: ConsumerGroup) {
    (this as unknown as Waiting).steps.push('fetch');
    return (this as unknown as Waiting).answer.promise;
  };
  ConsumerGroup.prototype.joinAndSync = function joinLater(this: ConsumerGroup) {
    const waiting = this as unknown as Waiting;
    waiting.steps.push('join');
    waiting.joining = Promise.withResolvers();
    return waiting.joining.promise;
  };
  Runner.prototype.handleBatch = async function collect(this: Runner, batch) {
    (this as unknown as Collecting).handled.push(batch);
  };
  orderJoins();
  // A second patch would compare with positions that the first one has already checked.
  orderJoins();
});

interface Waiting {
  answer: PromiseWithResolvers<object[]>;
  joining: PromiseWithResolvers<void>;
  steps: string[];
}

interface Collecting {
  handled: object[];
}

function consumer() {
  const answer = Promise.withResolvers<object[]>();
  const group = Object.assign(Object.create(ConsumerGroup.prototype), {
    answer,
    steps: [],
    offsetManager: {},
  });
  const handled: object[] = [];
  const runner: Runner = Object.assign(Object.create(Runner.prototype), { consumerGroup: group, handled });
  const join = () => {
    group.offsetManager = {};
  };
  return { group: group as ConsumerGroup & Waiting, runner, answer, handled, join };
}

test('a batch is processed if its consumer has not joined again since the fetch began', async () => {
  const { group, runner, answer, handled } = consumer();
  const fetching = group.fetch('1');
  const batch = {};
  answer.resolve([batch]);
  for (const fetched of await fetching) await runner.handleBatch(fetched);
  expect(handled).toEqual([batch]);
});

test('a batch is dropped if its consumer joined again while the fetch was in flight', async () => {
  const { group, runner, answer, handled, join } = consumer();
  const fetching = group.fetch('1');
  join();
  answer.resolve([{}]);
  for (const fetched of await fetching) await runner.handleBatch(fetched);
  expect(handled).toEqual([]);
});

test('a batch is dropped if its consumer joined again while it waited for its turn', async () => {
  const { group, runner, answer, handled, join } = consumer();
  const first = {};
  answer.resolve([first, {}]);
  for (const fetched of await group.fetch('1')) {
    await runner.handleBatch(fetched);
    join();
  }
  expect(handled).toEqual([first]);
});

test('joins at the same time are one join', async () => {
  const { group } = consumer();
  const joins = [group.joinAndSync(), group.joinAndSync()];
  group.joining.resolve();
  await Promise.all(joins);
  expect(group.steps).toEqual(['join']);
});

test('a fetch waits for a join', async () => {
  const { group, answer } = consumer();
  const join = group.joinAndSync();
  const fetching = group.fetch('1');
  expect(group.steps).toEqual(['join']);
  group.joining.resolve();
  answer.resolve([]);
  await Promise.all([join, fetching]);
  expect(group.steps).toEqual(['join', 'fetch']);
});

test('after a join that failed, the consumer joins again before it fetches', async () => {
  const { group, answer } = consumer();
  const lost = new Error('Closed connection');
  const failing = group.joinAndSync();
  group.joining.reject(lost);
  await expect(failing).rejects.toBe(lost);
  const fetching = [group.fetch('1'), group.fetch('2')];
  expect(group.steps).toEqual(['join', 'join']);
  group.joining.resolve();
  answer.resolve([]);
  await Promise.all(fetching);
  await group.fetch('1');
  expect(group.steps).toEqual(['join', 'join', 'fetch', 'fetch', 'fetch']);
});
