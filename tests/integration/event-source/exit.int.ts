import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, openBench } from './harness.ts';

let bench: Bench;
afterEach(() => bench.close());

const SCRIPT = `
  const [brokers, topic, groupId] = process.argv.slice(1);
  const { Kafka, logLevel } = (await import('kafkajs')).default;
  const { EventSource } = await import('./eventSource.ts');
  const { OutageLog } = await import('./outageLog.ts');
  const mapping = { functionKey: 'f', functionArn: 'a', eventSourceArn: 'b', topic, groupId, batchSize: 1,
    batchingWindowMs: 0, functionTimeoutMs: 60000, startingPosition: { at: 'TRIM_HORIZON' },
    maximumRetryAttempts: 0, maximumRecordAgeMs: Infinity, bisectBatchOnFunctionError: false,
    reportBatchItemFailures: false, onFailureTopic: topic + '.dead', filter: null };
  const failed = Promise.withResolvers();
  const source = new EventSource({ mapping, bootstrapServers: brokers, log: { info() {}, warn: failed.resolve },
    outages: new OutageLog(() => {}),
    kafka: new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }),
    invoke: async () => { throw new Error('never'); } });
  await source.ready;
  await failed.promise;
  await source.stop();
  console.log('stopped');
`;

test('a process ends by itself after its event source is stopped', async () => {
  bench = await openBench();
  await bench.produce({ value: 'a' });
  const brokers = process.env['TEST_KAFKA_BROKERS'] ?? '';
  const child = spawn(
    process.execPath,
    ['--input-type=module-typescript', '-e', SCRIPT, brokers, bench.topic, bench.group],
    {
      cwd: join(import.meta.dirname, '../../../lib/offline/event-source'),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await untilTrue(() => child.exitCode !== null || child.signalCode !== null);
  expect(output).toContain('stopped');
  expect(child.exitCode).toBe(0);
});
