import { afterEach, expect, test } from '@jest/globals';
import { makeTopics } from '../../support/kafka/makeTopics.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, openBench, values } from './harness.ts';

let bench: Bench;
afterEach(() => bench.close());

const committedTo = (offset: number) => untilTrue(async () => (await bench.committed())[0] === offset);
const fail = () => {
  throw new Error('never');
};

test('a failed record arrives as Lambda’s failure record, under its own key', async () => {
  bench = await openBench();
  await bench.produce({ key: 'k', value: 'v', timestamp: '1700000000123' });
  await bench.start(fail, { maximumRetryAttempts: 1, onFailureTopic: `${bench.topic}.dead` });
  const [message] = await bench.readAll(`${bench.topic}.dead`, 1);
  const record = JSON.parse(`${message?.value}`);
  expect(`${message?.key}`).toBe('k');
  expect(record).toEqual({
    requestContext: {
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:handler:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 2,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    KafkaBatchInfo: {
      batchSize: 1,
      eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/test/1',
      bootstrapServers: process.env['TEST_KAFKA_BROKERS'],
      payloadSize: JSON.stringify(record.payload).length,
      recordInfo: { offset: '0', timestamp: '2023-11-14T22:13:20.123Z' },
    },
    payload: {
      eventSource: 'aws:kafka',
      eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/test/1',
      bootstrapServers: process.env['TEST_KAFKA_BROKERS'],
      records: {
        [`${bench.topic}-0`]: [
          {
            topic: bench.topic,
            partition: 0,
            offset: 0,
            timestamp: 1700000000123,
            timestampType: 'CREATE_TIME',
            key: 'aw==',
            value: 'dg==',
            headers: [],
          },
        ],
      },
    },
  });
  await committedTo(1);
});

test('a record above the maximum age has the condition RecordAgeExceeded', async () => {
  bench = await openBench();
  await bench.produce({ key: 'k', value: 'v', timestamp: `${Date.now() - 120_000}` });
  await bench.start(fail, { maximumRecordAgeMs: 60_000, onFailureTopic: `${bench.topic}.dead` });
  const [message] = await bench.readAll(`${bench.topic}.dead`, 1);
  expect(JSON.parse(`${message?.value}`).requestContext).toMatchObject({
    condition: 'RecordAgeExceeded',
    approximateInvokeCount: 0,
  });
});

test('a record too large for any invocation is sent to the destination, and the next records continue', async () => {
  bench = await openBench({ config: [{ name: 'max.message.bytes', value: '16000000' }] });
  await bench.produce({ key: 'large', value: Buffer.alloc(5_000_000) });
  await bench.produce({ key: 'small', value: 'v' });
  const seen: string[] = [];
  await bench.start((records) => void seen.push(...values(records)), {
    onFailureTopic: `${bench.topic}.dead`,
  });
  await committedTo(2);
  expect(seen).toEqual(['v']);
  const [message] = await bench.readAll(`${bench.topic}.dead`, 1);
  expect(JSON.parse(`${message?.value}`)).toMatchObject({
    requestContext: { condition: 'MaximumPayloadSizeExceeded' },
    responseContext: null,
  });
});

test('an unavailable destination blocks the partition instead of losing the record', async () => {
  bench = await openBench();
  await bench.produce({ key: 'k', value: 'v' });
  const onFailureTopic = `${bench.topic}.later`;
  await bench.start(fail, { maximumRetryAttempts: 0, onFailureTopic });
  await untilTrue(() => bench.log.join().includes(`to ${onFailureTopic}; retrying`));
  expect(await bench.committed()).toEqual([-1]);
  await makeTopics(bench.admin, [{ topic: onFailureTopic }]);
  await committedTo(1);
  expect(await bench.readAll(onFailureTopic, 1)).toHaveLength(1);
});
