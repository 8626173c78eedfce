import { describe, expect, test } from '@jest/globals';
import { judgeVoter } from '../../faults/checks/judgeVoter.ts';
import type { Certainty } from '../../faults/load/owner.ts';
import type { Try, Voter } from '../../faults/load/voter.ts';
import type { MadePoll } from '../../support/http/api.ts';

const OPEN: Certainty[] = [{ from: 0, to: 1_000, isOpen: true }];
const CLOSED: Certainty[] = [{ from: 0, to: 1_000, isOpen: false }];

/** Each lasts one unit of time, one after the other. */
function voterWith(tries: Partial<Try>[], allow_change = false): Voter {
  const made = tries.map((one, at): Try => {
    const receipt = `receipt ${at}`;
    return { choices: 1, sentAt: 2 * at, answeredAt: 2 * at + 1, answer: 'accepted', receipt, ...one };
  });
  const poll = { allow_change } as MadePoll;
  return { userId: 'anna', poll, habit: 'once', by: 'http', wishes: [], tries: made };
}

function kindsOf(
  voter: Voter,
  stored: number | undefined,
  outcomes: string[],
  certainties: Certainty[] = OPEN,
): string[] {
  const byReceipt = new Map(outcomes.map((outcome, at) => [`receipt ${at}`, outcome]));
  return judgeVoter({ voter, stored, certainties, outcomes: byReceipt }).map(({ kind }) => kind);
}

describe('a voter whose vote was accepted while the poll was open', () => {
  const voter = voterWith([{}]);

  test('passes if it is stored and counted', () => {
    expect(kindsOf(voter, 1, ['counted'])).toEqual([]);
  });

  test('is reported as lost without a row, even if the receipt says counted', () => {
    expect(kindsOf(voter, undefined, ['counted'])).toContain('lost');
  });

  test('is reported as lost if it is rejected by time', () => {
    expect(kindsOf(voter, undefined, ['poll_closed'])).toContain('lost');
  });

  test('is reported as wrong with another choice', () => {
    expect(kindsOf(voter, 2, ['counted'])).toContain('wrong');
  });

  test('is reported as stuck while the receipt says accepted', () => {
    expect(kindsOf(voter, 1, ['accepted'])).toEqual(['stuck']);
  });

  test('is reported as wrong if its voter got another answer', () => {
    expect(kindsOf(voterWith([{ told: 'poll_closed' }]), 1, ['counted'])).toEqual(['wrong']);
  });
});

describe('a voter who retries', () => {
  test('can be counted by an unanswered attempt', () => {
    const voter = voterWith([{ answer: 'unknown' }, {}]);
    expect(kindsOf(voter, 1, ['', 'already_voted'])).toEqual([]);
  });

  test('keeps the first choice if votes may not change', () => {
    const voter = voterWith([{ choices: 1 }, { choices: 2 }]);
    expect(kindsOf(voter, 1, ['counted', 'already_voted'])).toEqual([]);
    expect(kindsOf(voter, 2, ['already_voted', 'counted'])).toEqual(['wrong']);
  });

  test('has the last choice if votes may change', () => {
    const voter = voterWith([{ choices: 1 }, { choices: 2 }], true);
    expect(kindsOf(voter, 2, ['replaced', 'counted'])).toEqual([]);
    expect(kindsOf(voter, 1, ['counted', 'replaced'])).toEqual(['wrong']);
  });

  test('can have either choice if both were sent at the same moment', () => {
    const voter = voterWith([{ choices: 1 }, { choices: 2, sentAt: 0 }], true);
    expect(kindsOf(voter, 1, ['counted', 'replaced'])).toEqual([]);
    expect(kindsOf(voter, 2, ['replaced', 'counted'])).toEqual([]);
  });

  test('is reported as doubled if two receipts say counted', () => {
    expect(kindsOf(voterWith([{}, {}]), 1, ['counted', 'counted'])).toEqual(['doubled']);
  });
});

describe('a voter who voted while the poll was closed', () => {
  test('is eventually rejected', () => {
    expect(kindsOf(voterWith([{}]), undefined, ['poll_closed'], CLOSED)).toEqual([]);
  });

  test('is reported as wrong if counted', () => {
    expect(kindsOf(voterWith([{}]), 1, ['counted'], CLOSED)).toContain('wrong');
  });

  test('can be counted or rejected in doubt, but receipt and row agree', () => {
    expect(kindsOf(voterWith([{}]), 1, ['counted'], [])).toEqual([]);
    expect(kindsOf(voterWith([{}]), undefined, ['poll_closed'], [])).toEqual([]);
    expect(kindsOf(voterWith([{}]), undefined, ['counted'], [])).toEqual(['wrong']);
  });
});

test('a rejection by time is wrong while the poll is open', () => {
  expect(kindsOf(voterWith([{ answer: 'refused' }]), undefined, [])).toEqual(['wrong']);
});

test('a vote that was certainly not counted has no row', () => {
  expect(kindsOf(voterWith([{ answer: 'refused' }], true), 1, [], CLOSED)).toEqual(['wrong']);
});
