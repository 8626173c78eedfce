import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { UnavailableError } from '../../../lib/errors.ts';
import { meter } from '../../../lib/metrics.ts';
import type { Database } from '../../../lib/sql/database.ts';
import { measureTally } from '../../../lib/votes/measureTally.ts';
import type { LoggedBallot } from '../../../lib/votes/readBallots.ts';
import { someBallot } from '../../support/database/polls.ts';
import { type CapturedStdout, captureStdout } from '../../support/metrics/captureStdout.ts';
import { readEmf, sumsOf } from '../../support/metrics/readEmf.ts';

const saved = { ...process.env };
let stdout: CapturedStdout;
beforeEach(() => {
  Object.assign(process.env, { METRICS_SERVICE: 'polls', METRICS_STAGE: 'test' });
  stdout = captureStdout();
});
afterEach(() => {
  stdout.restore();
  process.env = { ...saved };
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

async function measured(...batches: Parameters<typeof measureTally>[1]) {
  asked = 0;
  await measureTally(away, batches);
  await meter().write();
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

test('a database that is away while reasons are looked up fails nothing, and hides no counted vote', async () => {
  const batches = [
    { ballots: ballots(3), counted: 2 },
    { ballots: ballots(2), counted: 2 },
  ];
  expect(await measured(...batches)).toEqual({ counts: { VotesCounted: 4 }, asked: 1 });
  expect(stdout.text()).toContain('Measuring votes fails.');
});
