import { beforeAll, expect, test } from '@jest/globals';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import Runner from 'kafkajs/src/consumer/runner.js';
import { dropStaleBatches } from '../../../lib/kafka/patches/dropStaleBatches.ts';

beforeAll(() => {
  // Without KafkaJS's own fetch, which needs brokers: this one answers when a test lets it.
  ConsumerGroup.prototype.fetch = function fetchLater(this: ConsumerGroup) {
    return (this as unknown as Waiting).answer.promise;
  };
  Runner.prototype.handleBatch = async function collect(this: Runner, batch) {
    (this as unknown as Collecting).handled.push(batch);
  };
  dropStaleBatches();
  // A second patch would compare with positions that the first one has already checked.
  dropStaleBatches();
});

interface Waiting {
  answer: PromiseWithResolvers<object[]>;
}

interface Collecting {
  handled: object[];
}

function consumer() {
  const answer = Promise.withResolvers<object[]>();
  const group = Object.assign(Object.create(ConsumerGroup.prototype), { answer, offsetManager: {} });
  const handled: object[] = [];
  const runner: Runner = Object.assign(Object.create(Runner.prototype), { consumerGroup: group, handled });
  const join = () => {
    group.offsetManager = {};
  };
  return { group: group as ConsumerGroup, runner, answer, handled, join };
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
