import { expect, test } from '@jest/globals';
import { Report } from '../../faults/report.ts';

const columns = (line = '') => line.trim().split(/ {2,}/);

test('a round with two faults appears in both lines, and its votes once in the sum', () => {
  const report = new Report();
  report.add({ kinds: ['a', 'b'], votes: 100, findings: [], accepting: 1, counting: 4 });
  report.add({ kinds: ['a'], votes: 10, findings: [], accepting: 3, counting: 2 });
  const [, a, b, all] = report.toString().split('\n').map(columns);
  expect(a?.slice(0, 9)).toEqual(['a', '2', '110', '0', '0', '0', '0', '1.0 / 3.0 s', '2.0 / 4.0 s']);
  expect(b?.slice(0, 3)).toEqual(['b', '1', '100']);
  expect(all?.slice(0, 3)).toEqual(['all', '3', '110']);
  expect(report.isClean).toBe(true);
});

test('findings are counted by votes, and a finding without votes counts once', () => {
  const report = new Report();
  const findings = [
    { kind: 'lost', said: 'two', votes: 2 } as const,
    { kind: 'stuck', said: 'all' } as const,
  ];
  report.add({ kinds: ['a'], votes: 5, findings });
  report.addAfterwards([{ kind: 'wrong', said: 'a final' }]);
  const [, a, afterwards, all] = report.toString().split('\n').map(columns);
  expect(a?.slice(3, 7)).toEqual(['2', '0', '0', '1']);
  expect(afterwards?.slice(0, 7)).toEqual(['finals and replay', '0', '0', '0', '0', '1', '0']);
  expect(all?.slice(3, 7)).toEqual(['2', '0', '1', '1']);
  expect(report.isClean).toBe(false);
});

test('medians of rounds with one fault are shown beside their goals, and a missed one is no finding', () => {
  const report = new Report();
  const round = (kinds: string[], accepting: number, counting: number) =>
    report.add({ kinds, votes: 1, findings: [], accepting, counting });
  for (const seconds of [1, 4, 60]) round(['broker killed'], seconds, seconds);
  round(['broker killed', 'postmaster killed'], 50, 50);
  round(['postmaster killed'], 9, 2);
  const [headers, broker, postmaster] = report.toString().split('\n').map(columns);
  expect(headers?.slice(9)).toEqual(['accepting alone', 'counting alone']);
  expect(broker?.slice(9)).toEqual(['4.0 of 5 s', '4.0 > 3 s']);
  expect(postmaster?.slice(9)).toEqual(['2.0 of 3 s']);
  expect(report.isClean).toBe(true);
});
