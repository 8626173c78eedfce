import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { UnavailableError } from '../../../lib/errors.ts';
import { createMeter } from '../../../lib/metrics.ts';
import type { Database } from '../../../lib/sql/database.ts';
import { createMeasureTally, PAUSE_MS } from '../../../lib/votes/measureTally.ts';
import type { LoggedBallot } from '../../../lib/votes/readBallots.ts';
import { someBallot } from '../../support/database/polls.ts';
import { type CapturedStdout, captureStdout } from '../../support/metrics/captureStdout.ts';
import { readEmf, sumsOf } from '../../support/metrics/readEmf.ts';

let meter = createMeter(undefined);
let stdout: CapturedStdout;
beforeEach(() => {
  // With each test's own clock.
  meter = createMeter({ service: 'polls', stage: 'test' });
  stdout = captureStdout();
});
afterEach(() => {
  stdout.restore();
  jest.restoreAllMocks();
});

const POLL = { id: '0190a5d8-c0de-7000-8000-00000000abcd', allowChange: false };
const ballots = (count: number): LoggedBallot[] =>
  Array.from({ length: count }, () => ({ ...someBallot(POLL), partition: 0 }));

let asked = 0;
const away: Database = {
  run: async () => {
    asked += 1;
    throw new UnavailableError('Postgres is unavailable.');
  },
};

let measureTally = createMeasureTally(away, () => meter);
beforeEach(() => {
  measureTally = createMeasureTally(away, () => meter);
});

async function measured(...batches: Parameters<typeof measureTally>[0]) {
  asked = 0;
  stdout.forget();
  await measureTally(batches);
  await meter.write();
  const { TallyLag: _, ...counts } = sumsOf(readEmf(stdout.text()));
  return { counts, asked };
}

test('a batch of which every ballot counted costs no query', async () => {
  expect(await measured({ ballots: ballots(3), counted: 3 })).toEqual({
    counts: { VotesCounted: 3 },
    asked: 0,
  });
  expect(readEmf(stdout.text()).values.TallyLag).toHaveLength(3);
});

test('a batch that was counted before adds nothing', async () => {
  expect(await measured({ ballots: ballots(3), counted: undefined })).toEqual({ counts: {}, asked: 0 });
});

test('a database that is away while reasons are looked up fails nothing, and hides no vote and no lag', async () => {
  const batches = [
    { ballots: ballots(3), counted: 2 },
    { ballots: ballots(2), counted: 2 },
  ];
  expect(await measured(...batches)).toEqual({
    counts: { VotesCounted: 4, RejectedUnknown: 1 },
    asked: 1,
  });
  expect(readEmf(stdout.text()).values.TallyLag).toHaveLength(5);
  expect(stdout.text()).toContain('Measuring votes failed.');
});

test('a database that was away is not asked about further batches, until some seconds have passed', async () => {
  const batch = { ballots: ballots(3), counted: 1 };
  expect(await measured(batch, batch)).toEqual({
    counts: { VotesCounted: 2, RejectedUnknown: 4 },
    asked: 1,
  });
  expect((await measured(batch)).asked).toBe(0);
  const later = Date.now() + PAUSE_MS;
  jest.spyOn(Date, 'now').mockReturnValue(later);
  expect((await measured(batch)).asked).toBe(1);
});

test('all batches of an invocation share two seconds', async () => {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const given: (number | undefined)[] = [];
  const slow: Database = {
    run: async <T>(_: unknown, timeoutMs?: number) => {
      given.push(timeoutMs);
      now += 1_500;
      return new Map() as T;
    },
  };
  measureTally = createMeasureTally(slow, () => meter);
  const batch = { ballots: ballots(3), counted: 1 };
  const { counts } = await measured(batch, batch, batch);
  expect(given).toEqual([2_000, 500]);
  expect(counts).toEqual({ VotesCounted: 3, RejectedUnknown: 2 });
});
