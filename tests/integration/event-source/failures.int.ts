import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { MskRecord } from '../../../lib/offline/event-source/mskEvent.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, numbered, openBench, values } from './harness.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const committedTo = (offset: number) => untilTrue(async () => (await bench.committed())[0] === offset);
const failureOf = ({ topic, partition }: MskRecord, offset: number) => ({
  batchItemFailures: [{ itemIdentifier: { partition: `${topic}-${partition}`, offset } }],
});

describe('a failing invocation', () => {
  test('commits nothing and is repeated with the same records until it succeeds', async () => {
    await bench.produce(...numbered(3));
    const attempts: string[][] = [];
    const committed: number[] = [];
    await bench.start(async (records) => {
      attempts.push(values(records));
      committed.push(...(await bench.committed()));
      if (attempts.length < 5) throw new Error('not yet');
    });
    await committedTo(3);
    expect(attempts).toEqual(Array(5).fill(['0', '1', '2']));
    expect(committed).toEqual(Array(5).fill(-1));
  });

  test('backs off longer after each attempt', async () => {
    await bench.produce({ value: 'a' });
    const at: number[] = [];
    await bench.start(() => {
      at.push(performance.now());
      if (at.length < 4) throw new Error('not yet');
    });
    await untilTrue(() => at.length === 4);
    const waits = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    expect(waits[0]).toBeGreaterThanOrEqual(99);
    expect(waits[1]).toBeGreaterThanOrEqual(199);
    expect(waits[2]).toBeGreaterThanOrEqual(399);
  });

  test('includes one that exceeds the function timeout; its late result is ignored', async () => {
    await bench.produce({ value: 'a' });
    const signals: AbortSignal[] = [];
    await bench.start(
      (_records, _event, signal) => {
        signals.push(signal);
        return signals.length === 1 ? new Promise(() => undefined) : null;
      },
      { functionTimeoutMs: 300 },
    );
    await committedTo(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(bench.log.join()).toContain('timeout of 0.3 s');
  });

  test('gets the original records again, even if the function changed them', async () => {
    await bench.produce({ key: 'k', value: 'a' });
    const seen: (string | undefined)[] = [];
    await bench.start((records) => {
      for (const record of records) {
        seen.push(record.value);
        record.value = 'changed';
      }
      if (seen.length === 1) throw new Error('after changing its event');
    });
    await committedTo(1);
    expect(seen).toEqual(['YQ==', 'YQ==']);
  });
});

describe('retry limits', () => {
  test('give up a batch after the first attempt plus MaximumRetryAttempts, and continue', async () => {
    await bench.produce(...numbered(2));
    let attempts = 0;
    await bench.start(
      (records) => {
        if (values(records).includes('next')) return;
        attempts += 1;
        throw new Error('never');
      },
      { maximumRetryAttempts: 2 },
    );
    await committedTo(2);
    expect(attempts).toBe(3);
    await bench.produce({ value: 'next' });
    await committedTo(3);
  });

  test('also apply MaximumRecordAgeInSeconds', async () => {
    await bench.produce({ value: 'a' });
    let attempts = 0;
    const fail = () => {
      attempts += 1;
      throw new Error('never');
    };
    await bench.start(fail, { maximumRecordAgeMs: 1500 });
    await committedTo(1);
    expect(attempts).toBeGreaterThan(1);
  });

  test('send no record that is older than MaximumRecordAgeInSeconds', async () => {
    const old = `${Date.now() - 120_000}`;
    await bench.produce({ value: 'old', timestamp: old }, { value: 'new' }, { value: 'old', timestamp: old });
    const seen: string[] = [];
    await bench.start((records) => void seen.push(...values(records)), { maximumRecordAgeMs: 60_000 });
    await committedTo(3);
    expect(seen).toEqual(['new']);
  });

  test('give up only the bad record with bisecting', async () => {
    await bench.produce(...numbered(40));
    const handled: string[] = [];
    await bench.start(
      (records) => {
        if (values(records).includes('17')) throw new Error('poison');
        handled.push(...values(records));
      },
      { bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 },
    );
    await committedTo(40);
    expect(handled).toEqual(numbered(40).flatMap(({ value }) => (value === '17' ? [] : [value])));
  });
});

describe('ReportBatchItemFailures', () => {
  const reporting = { reportBatchItemFailures: true };

  test('commits the records before the lowest failure and retries from there', async () => {
    await bench.produce(...numbered(6));
    const attempts: string[][] = [];
    let committedBetween: number[] = [];
    await bench.start(async (records) => {
      attempts.push(values(records));
      if (attempts.length > 1) return;
      const [first] = records;
      if (first === undefined) throw new Error('empty');
      const { batchItemFailures } = failureOf(first, 4);
      return { batchItemFailures: [...batchItemFailures, ...failureOf(first, 2).batchItemFailures] };
    }, reporting);
    await untilTrue(async () => {
      committedBetween = await bench.committed();
      return committedBetween[0] !== -1;
    });
    await committedTo(6);
    expect([2, 6]).toContain(committedBetween[0]);
    expect(attempts).toEqual([
      ['0', '1', '2', '3', '4', '5'],
      ['2', '3', '4', '5'],
    ]);
  });

  test('repeats the whole batch if the response names an unknown record', async () => {
    await bench.produce(...numbered(3));
    const attempts: string[][] = [];
    await bench.start((records) => {
      attempts.push(values(records));
      const [first] = records;
      return attempts.length === 1 && first !== undefined ? failureOf(first, 99) : null;
    }, reporting);
    await committedTo(3);
    expect(attempts).toEqual(Array(2).fill(['0', '1', '2']));
  });

  test.each([[null], [{}], [{ batchItemFailures: [] }]])('treats %j as success', async (response) => {
    await bench.produce(...numbered(3));
    let attempts = 0;
    await bench.start(() => {
      attempts += 1;
      return response;
    }, reporting);
    await committedTo(3);
    expect(attempts).toBe(1);
  });

  test('is ignored unless the mapping enables it', async () => {
    await bench.produce(...numbered(3));
    let attempts = 0;
    await bench.start(([first]) => {
      attempts += 1;
      return first === undefined ? null : failureOf(first, 1);
    });
    await committedTo(3);
    expect(attempts).toBe(1);
  });

  test('gives up only the rest of the batch when the retries are used up', async () => {
    await bench.produce(...numbered(4));
    const attempts: string[][] = [];
    const handler = (records: MskRecord[]) => {
      attempts.push(values(records));
      const [first] = records;
      return first === undefined ? null : failureOf(first, 2);
    };
    await bench.start(handler, {
      ...reporting,
      maximumRetryAttempts: 1,
      onFailureTopic: `${bench.topic}.dead`,
    });
    await committedTo(4);
    expect(attempts).toEqual([
      ['0', '1', '2', '3'],
      ['2', '3'],
    ]);
    const dead = await bench.readAll(`${bench.topic}.dead`, 2);
    expect(dead.map(({ key }) => `${key}`)).toEqual(['k2', 'k3']);
  });
});
