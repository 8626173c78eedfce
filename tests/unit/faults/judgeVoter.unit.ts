import { describe, expect, test } from '@jest/globals';
import { type Certainty, type ClockStep, certainDespite } from '../../faults/checks/certainty.ts';
import { judgeVoter } from '../../faults/checks/judgeVoter.ts';
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
  steps: ClockStep[] = [],
): string[] {
  const byReceipt = new Map(outcomes.map((outcome, at) => [`receipt ${at}`, outcome]));
  return judgeVoter({ voter, stored, certainties, steps, outcomes: byReceipt }).map(({ kind }) => kind);
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

describe('a voter who voted while a clock was wrong by up to a minute', () => {
  const OFF_MS = 60_000;
  const MINUTES: Certainty[] = [
    { from: Number.NEGATIVE_INFINITY, to: 10 * OFF_MS, isOpen: true },
    { from: 10 * OFF_MS, to: Number.POSITIVE_INFINITY, isOpen: false },
  ];
  const judgedAt = (sentAt: number, stored: number | undefined, outcome: string) =>
    kindsOf(
      voterWith([{ sentAt, answeredAt: sentAt + 1 }]),
      stored,
      [outcome],
      certainDespite(OFF_MS, MINUTES),
    );

  test('is reported as lost if rejected by time, long before the end', () => {
    expect(judgedAt(0, undefined, 'poll_closed')).toContain('lost');
    expect(judgedAt(9 * OFF_MS - 1, undefined, 'poll_closed')).toContain('lost');
  });

  test('is reported as wrong if counted, long after the end', () => {
    expect(judgedAt(11 * OFF_MS, 1, 'counted')).toContain('wrong');
  });

  test.each([9 * OFF_MS, 10 * OFF_MS, 11 * OFF_MS - 1])('can be counted or rejected at %d ms', (sentAt) => {
    expect(judgedAt(sentAt, 1, 'counted')).toEqual([]);
    expect(judgedAt(sentAt, undefined, 'poll_closed')).toEqual([]);
  });
});

describe('a voter who votes twice, with a step of a clock between the votes,', () => {
  const step: ClockStep = { from: 1.5, to: 1.6 };
  const voter = (mayChange: boolean) => voterWith([{ choices: 1 }, { choices: 2 }], mayChange);

  test('can have either choice if votes may change, and no third one', () => {
    expect(kindsOf(voter(true), 1, ['counted', 'replaced'], OPEN, [step])).toEqual([]);
    expect(kindsOf(voter(true), 2, ['replaced', 'counted'], OPEN, [step])).toEqual([]);
    expect(kindsOf(voter(true), 4, ['replaced', 'replaced'], OPEN, [step])).toEqual(['wrong']);
    expect(kindsOf(voter(true), undefined, ['replaced', 'replaced'], OPEN, [step])).toContain('lost');
  });

  test('keeps the first choice if votes may not change', () => {
    expect(kindsOf(voter(false), 2, ['already_voted', 'counted'], OPEN, [step])).toEqual(['wrong']);
  });

  test('has the last choice if the step came before or after both votes', () => {
    for (const elsewhere of [
      { from: -2, to: -1 },
      { from: 3.5, to: 4 },
    ]) {
      expect(kindsOf(voter(true), 1, ['counted', 'replaced'], OPEN, [elsewhere])).toEqual(['wrong']);
    }
  });
});
