import { describe, expect, test } from '@jest/globals';
import { judgeOutput } from '../../faults/checks/output.ts';

const said = (...lines: string[]) => judgeOutput(lines).map((finding) => finding.said);

const entry = (message: string, fields: object) =>
  JSON.stringify({ time: '2026-01-01T00:00:00.000Z', level: 'info', message, ...fields });

const FAULT = `{"level":"warn","message":"Counting votes failed.","error":{"name":"UnavailableError"}}`;

describe('what `npm start` prints', () => {
  test('passes if it is a line for each outage, or one of a server', () => {
    expect(said('PoleParty is ready.', FAULT, '', '  at http://localhost:3000')).toEqual([]);
  });

  test.each([
    '(node:7) MaxListenersExceededWarning: Possible EventEmitter memory leak detected.',
    "Unhandled exception in handler 'castVote'.",
    '[UnhandledPromiseRejection: This error originated in an async function.]',
  ])('is reported if it is %s', (line) => {
    expect(said(FAULT, line, FAULT)).toEqual([`1 × npm start prints: ${line}`]);
  });

  test('is reported with a stack, once for each kind of it', () => {
    const stack = (port: number) => [
      `Error: connect ECONNREFUSED 127.0.0.1:${port}`,
      '    at afterConnect (node:net:1637:16)',
      '    at process.emit (node:events:1)',
    ];
    expect(said(...stack(5432), FAULT, ...stack(5433))).toEqual([
      '2 × npm start prints: Error: connect ECONNREFUSED 127.0.0.1:5432 at afterConnect (node:net:1637:16)',
    ]);
  });

  test('is reported with a stack inside of JSON', () => {
    const line = JSON.stringify({ error: { stack: 'Error: no\n    at read (file.ts:1:2)' } });
    expect(said(FAULT, line)).toEqual([`1 × npm start prints: ${line}`]);
  });

  test('passes if a line is repeated for each batch of garbage', () => {
    const moved = (records: number) => entry('Moving vote records to the dead letters.', { records });
    expect(said(...Array.from({ length: 17 }, (_, at) => moved(at)))).toEqual([]);
  });

  test.each([
    ['log', (at: number) => entry(`Record ${at} was skipped.`, { polls: Array(at % 3).fill('a poll') })],
    [
      'console',
      (at: number) => `Warning: votes-${at % 12} offsets ${at} to ${at + 1} were skipped: 6d0${at}fe`,
    ],
    ['log of a fault', (at: number) => entry('Voting failed.', { error: { message: `No broker ${at}.` } })],
  ])('is reported once if it repeats a line of the %s hundreds of times', (_, line) => {
    const lines = Array.from({ length: 300 }, (_, at) => line(at));
    expect(said(FAULT, ...lines)).toEqual([`300 × npm start repeats: ${line(0)}`]);
  });
});
