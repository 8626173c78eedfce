import { globSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { UnavailableError } from '../../lib/errors.ts';
import { createOutages } from '../../lib/outages.ts';
import { captureLines } from '../support/metrics/captureStdout.ts';

const WORK = 'Counting votes';
const away = () => new UnavailableError('Postgres is away.');

let printed: string[];
let now: number;
const outages = () => createOutages(() => now);
const said = () => printed.map((line) => JSON.parse(line));

beforeEach(() => {
  printed = captureLines();
  now = 1_000_000;
});
afterEach(() => {
  jest.restoreAllMocks();
});

test('an outage of 90 s logs a line at its start, one each half minute, and one at its end', () => {
  const log = outages();
  for (let second = 0; second < 90; second += 1, now += 1_000) log.fault(WORK, away());
  log.success(WORK);
  log.success(WORK);
  expect(said()).toMatchObject([
    { level: 'warn', message: 'Counting votes failed.', error: { message: 'Postgres is away.' } },
    { level: 'warn', message: 'Counting votes is still failing.', seconds: 30, times: 31 },
    { level: 'warn', message: 'Counting votes is still failing.', seconds: 60, times: 61 },
    { level: 'info', message: 'Counting votes works again after 90 s.', times: 90 },
  ]);
  expect(printed.join()).not.toContain('outages.unit.ts');
});

test('an outage is over when every part of the work succeeds again', () => {
  const log = outages();
  log.fault(WORK, away(), 1);
  log.fault(WORK, away(), 2);
  log.success(WORK, 1);
  log.success(WORK, 3);
  expect(printed).toHaveLength(1);
  log.success(WORK, 2);
  expect(said()).toMatchObject([{}, { message: 'Counting votes works again after 0 s.', times: 2 }]);
});

test('an error of another kind is logged at once, with its stack if it is unexpected', () => {
  const log = outages();
  log.fault(WORK, away());
  log.fault(WORK, new TypeError('undefined is not a function'));
  log.fault(WORK, new TypeError('undefined is not a function'));
  expect(said()).toMatchObject([
    { level: 'warn' },
    { level: 'error', error: { name: 'TypeError', stack: expect.stringContaining('outages.unit.ts') } },
  ]);
});

test('an outage without reported success is over after a minute without errors', () => {
  const log = outages();
  log.fault(WORK, away());
  now += 61_000;
  log.fault(WORK, away());
  expect(said()).toMatchObject([
    { message: 'Counting votes failed.' },
    { message: 'Counting votes failed.' },
  ]);
});

test('work that partly succeeds during an outage ends it once nothing has failed for 10 s', () => {
  const log = outages();
  for (let second = 0; second < 20; second += 1, now += 1_000) {
    log.fault(WORK, away());
    log.successOfOne(WORK);
  }
  now += 8_000;
  log.successOfOne(WORK);
  expect(printed).toHaveLength(1);
  now += 1_000;
  log.successOfOne(WORK);
  log.successOfOne(WORK);
  // It lasted until its last fault.
  expect(said()).toMatchObject([{}, { message: 'Counting votes works again after 19 s.', times: 20 }]);
});

test('success without an outage logs nothing', () => {
  outages().success(WORK);
  outages().successOfOne(WORK);
  expect(printed).toEqual([]);
});

test('no two files report on work of the same name, since the success of one would end the outage of the other', () => {
  const files = globSync('{lib,functions}/**/*.ts');
  const named = files.flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    const names = source.matchAll(
      /(?:attempt|part|watch|fault)\(\s*'(\w[\w ]*)'|(?:what:|WHAT =) '(\w[\w ]*)'/g,
    );
    return [...new Set([...names].map(([, called, constant]) => called ?? constant))];
  });
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name, at) => named.indexOf(name) !== at)).toEqual([]);
});
