import { describe, expect, test } from '@jest/globals';
import { backOffMs, type Chunk, decide } from '../../../lib/offline/event-source/retryPlan.ts';

interface Message {
  readonly offset: string;
}

const forEver = { maximumRetryAttempts: Number.POSITIVE_INFINITY, bisectBatchOnFunctionError: false };
const failed = { kind: 'failed', reason: 'x' } as const;

const chunk = (failures = 0): Chunk<Message> => ({
  messages: ['10', '11', '12', '13', '14'].map((offset) => ({ offset })),
  end: 20,
  failures,
});
const offsets = ({ messages }: Chunk<Message>) => messages.map(({ offset }) => Number(offset));

describe('the step after an attempt', () => {
  test('commits to the end of the batch after a success, gaps included', () => {
    expect(decide(chunk(), { kind: 'succeeded' }, forEver)).toMatchObject({ done: 20, retry: [] });
  });

  test('retries the whole batch without limit after a failure', () => {
    const step = decide(chunk(999), failed, forEver);
    expect(step).toMatchObject({ done: null, retry: [{ ...chunk(999), failures: 1000 }], discarded: [] });
  });

  test('commits the records before the failure and retries the rest after a partial success', () => {
    const step = decide(chunk(4), { kind: 'failedFrom', index: 2, reason: 'x' }, forEver);
    expect(step.done).toBe(12);
    expect(step.retry.map(offsets)).toEqual([[12, 13, 14]]);
    expect(step.retry[0]?.failures).toBe(1);
  });

  test('gives up the batch and commits it after the last attempt', () => {
    const step = decide(chunk(3), failed, { ...forEver, maximumRetryAttempts: 3 });
    expect(step).toMatchObject({ done: 20, retry: [], discarded: chunk().messages });
  });

  test('commits the successful part and gives up only the rest if there are no retries', () => {
    const verdict = { kind: 'failedFrom', index: 4, reason: 'x' } as const;
    const step = decide(chunk(), verdict, { ...forEver, maximumRetryAttempts: 0 });
    expect(step).toMatchObject({ done: 20, retry: [], discarded: [{ offset: '14' }] });
  });

  test('halves a failed batch with bisecting, using up no retry, each half with its own end', () => {
    const step = decide(chunk(1), failed, { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true });
    expect(step.retry.map(offsets)).toEqual([
      [10, 11, 12],
      [13, 14],
    ]);
    expect(step.retry.map(({ end, failures }) => [end, failures])).toEqual([
      [13, 1],
      [20, 1],
    ]);
    expect(step.backOffFor).toBe(0);
  });

  test('gives up a single failed record instead of halving it', () => {
    const single = { messages: [{ offset: '10' }], end: 11, failures: 1 };
    const step = decide(single, failed, { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true });
    expect(step).toMatchObject({ done: 11, retry: [], discarded: [{ offset: '10' }] });
  });
});

test('waits for a time that doubles, and resumes within two seconds after an outage', () => {
  expect([1, 2, 3, 4].map(backOffMs)).toEqual([100, 200, 400, 800]);
  expect(backOffMs(5000)).toBe(2_000);
});
