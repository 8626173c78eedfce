import { describe, expect, test } from '@jest/globals';
import { judgeOutput } from '../../faults/checks/output.ts';

const said = (...lines: string[]) => judgeOutput(lines).map((finding) => finding.said);

const FAULT = `{"level":"warn","message":"Counting votes fails.","error":{"name":"UnavailableError"}}`;

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
});
