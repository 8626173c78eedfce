import { describe, expect, test } from '@jest/globals';
import { judgeNotices } from '../../faults/checks/told.ts';
import type { Notice } from '../../faults/load/notices.ts';

const OUTCOMES = new Map([
  ['counted', 'counted'],
  ['replaced', 'replaced'],
  ['repeat', 'already_voted'],
]);

function found(notice: Partial<Notice>, most = 1): (string | number | undefined)[][] {
  const whole: Notice = { receipt: 'counted', told: ['counted'], isListening: () => true, ...notice };
  return judgeNotices([whole, whole], OUTCOMES, most).map(({ kind, said, votes }) => [kind, said, votes]);
}

describe('a WebSocket voter', () => {
  test.each([
    ['that the vote is counted', {}],
    ['that the vote is counted, before another one replaced it', { receipt: 'replaced' }],
    ['why the vote is rejected', { receipt: 'repeat', told: ['already_voted'] }],
    ['nothing, because the connection was lost', { told: [], isListening: () => false }],
    ['nothing, because the vote was not accepted', { receipt: undefined, told: [] }],
    ['the outcome of a vote whose acceptance was not answered', { receipt: undefined }],
  ])('passes if told once %s', (_, notice) => {
    expect(found(notice)).toEqual([]);
  });

  test('is reported if never told over a connection that stayed open', () => {
    const said = '2 × a WebSocket voter is never told that the vote is counted';
    expect(found({ told: [] })).toEqual([['wrong', said, 2]]);
  });

  test('is reported if told twice, accepted or not, connected or not', () => {
    const twice = { told: ['counted', 'counted'] };
    const said = '2 × a WebSocket voter is told 2 times: counted, counted';
    const lost = { isListening: () => false };
    for (const notice of [twice, { ...twice, receipt: undefined }, { ...twice, ...lost }])
      expect(found(notice)).toEqual([['wrong', said, 2]]);
  });

  test('is reported if told more often than the fault repeats records', () => {
    expect(found({ told: ['counted', 'counted'] }, 2)).toEqual([]);
    expect(found({ told: ['counted', 'counted', 'counted'] }, 2)).toHaveLength(1);
  });

  test('is reported if told something else than the receipt says', () => {
    const said = '2 × a WebSocket voter is told poll_closed, and the receipt says counted';
    expect(found({ told: ['poll_closed'] })).toEqual([['wrong', said, 2]]);
  });
});
