import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { GRACE_MS } from '../../../lib/domain/closing.ts';
import type { VotingWindow } from '../../../lib/domain/poll.ts';
import { UnavailableError } from '../../../lib/errors.ts';
import { decodeBallot } from '../../../lib/kafka/ballotRecord.ts';
import type { Appended, OutgoingRecord } from '../../../lib/kafka/producer.ts';
import type { FoundRules } from '../../../lib/sql/findPoll.ts';
import { resolvePollId } from '../../../lib/sql/findPollId.ts';
import { createReceipts } from '../../../lib/tokens/receipt.ts';
import { createAcceptanceClock } from '../../../lib/votes/acceptanceClock.ts';
import { type CastingDeps, castBallot, voterKey } from '../../../lib/votes/castVote.ts';

const POLL = '0190a5d8-c0de-7000-8000-00000000abcd';
const POLL_HEX = '0190a5d8c0de7000800000000000abcd';
const OPTIONS = ['0190a5d8-c0de-7000-8000-000000000001', '0190a5d8-c0de-7000-8000-000000000002'];
const SECRET = 'a secret that no voter will ever see';
const ACCEPTED_MS = 1_795_400_000_000;
const ACCEPTED_AT = ACCEPTED_MS * 1_000 + 123;
const rules: FoundRules = {
  windows: [{ start: Number.NEGATIVE_INFINITY, end: 1_795_400_000_001 }],
  isClosed: false,
  optionIds: OPTIONS,
  maxChoices: 1,
  allowChange: false,
  wording: 7,
  readAt: ACCEPTED_MS,
};

let appended: OutgoingRecord[];
let means: CastingDeps;

beforeEach(() => {
  appended = [];
  means = {
    findPollId: (name) => resolvePollId(name, async (code) => (code === 'ABC012' ? POLL : undefined)),
    findRules: async (pollId) => (pollId === POLL ? rules : undefined),
    clock: { now: () => ACCEPTED_AT, correct: () => 0, isCheckDue: () => false },
    append: async (record) => {
      appended.push(record);
      return { partition: 7, offset: 42, appendTime: 1_795_400_000_009 };
    },
    receipts: createReceipts([{ kid: 'k1', secret: 'a secret that signs the receipts here' }]),
    voterSecret: SECRET,
  };
});

const cast = (pollId: string, ...optionIds: string[]) =>
  castBallot(means, pollId, { userId: 'anna', optionIds });

describe('casting a ballot', () => {
  test('appends it under the key of its voter and returns a receipt of its position', async () => {
    const outcome = await cast(POLL, OPTIONS[1] ?? '');
    const key = voterKey(SECRET, POLL_HEX, 'anna');
    if (outcome.outcome === 'refused') throw new Error(outcome.code);
    const [record] = appended;
    const [recordKey, value] = [record?.key?.toString('base64'), record?.value?.toString('base64')];
    expect(record?.partition).toBeUndefined();
    expect(decodeBallot(recordKey, value)).toEqual({
      pollId: POLL_HEX,
      voterKey: key,
      acceptedAt: ACCEPTED_AT,
      choices: 2,
      mayChange: false,
      wording: 7,
    });
    expect(outcome.pollId).toBe(POLL);
    expect(means.receipts.read(outcome.receipt)).toEqual({
      pollId: POLL_HEX,
      voterKey: key,
      acceptedAt: ACCEPTED_AT,
      partition: 7,
      offset: 42,
      appendTime: 1_795_400_000_009,
      isWithdrawal: false,
      wording: 7,
    });
  });

  test('marks the receipt of an empty ballot', async () => {
    means.findRules = async () => ({ ...rules, allowChange: true });
    const outcome = await cast(POLL);
    expect(outcome).toMatchObject({ outcome: 'accepted', vote: { isWithdrawal: true } });
    const receipt = outcome.outcome === 'accepted' ? outcome.receipt : '';
    expect(means.receipts.read(receipt)).toMatchObject({ isWithdrawal: true });
  });

  test('rejects an empty ballot as such only in an open poll whose votes may not change', async () => {
    expect(await cast(POLL)).toEqual({ outcome: 'refused', code: 'empty_ballot' });
    means.clock.now = () => 1_795_400_000_001_000;
    expect(await cast(POLL)).toEqual({ outcome: 'refused', code: 'poll_closed' });
    expect(await cast('nonsense')).toEqual({ outcome: 'refused', code: 'poll_not_found' });
  });

  test('stores no user id', async () => {
    const outcome = await castBallot(means, POLL, {
      userId: 'anna@example.org',
      optionIds: OPTIONS.slice(0, 1),
    });
    const [record] = appended;
    const sent = Buffer.concat([record?.key ?? Buffer.alloc(0), record?.value ?? Buffer.alloc(0)]);
    expect(sent.includes('anna')).toBe(false);
    expect(JSON.stringify(outcome)).not.toContain('anna');
  });

  test('accepts poll and option ids in any case', async () => {
    expect(await cast(POLL.toUpperCase(), OPTIONS[0]?.toUpperCase() ?? '')).toMatchObject({ pollId: POLL });
  });

  test('accepts the code of the poll, as people type it', async () => {
    for (const code of ['ABC012', 'abcoi2', 'AbCOL2'])
      expect(await cast(code, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted', pollId: POLL });
  });

  test.each([
    ['poll_not_found', 'ABC013', OPTIONS[0]],
    ['poll_not_found', 'no uuid', 'nonsense'],
    ['poll_not_found', POLL.replace('abcd', 'dcba'), OPTIONS[0]],
    ['poll_not_found', POLL_HEX, OPTIONS[0]],
    ['unknown_option', POLL, 'nonsense'],
  ])('is rejected as %s, and nothing is appended', async (code, pollId, optionId = '') => {
    expect(await cast(pollId, optionId)).toEqual({ outcome: 'refused', code });
    expect(appended).toEqual([]);
  });

  test('is rejected after the end of the poll, whatever is chosen', async () => {
    means.clock.now = () => 1_795_400_000_001_000;
    expect(await cast(POLL, 'nonsense')).toEqual({ outcome: 'refused', code: 'poll_closed' });
    means.clock.now = () => 1_795_400_000_000_999;
    expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted' });
  });

  test('is rejected once the database has closed the poll, even if the local clock is behind', async () => {
    means.findRules = async () => ({ ...rules, isClosed: true });
    expect(await cast(POLL, OPTIONS[0] ?? '')).toEqual({ outcome: 'refused', code: 'poll_closed' });
    expect(appended).toEqual([]);
  });

  test('is rejected by time on fresh rules only, because the poll may have just opened', async () => {
    const over = { ...rules, windows: [{ start: 0, end: 1 }] };
    const asked: boolean[] = [];
    means.findRules = async (_, mustBeFresh) => {
      asked.push(mustBeFresh === true);
      return mustBeFresh ? rules : over;
    };
    expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted' });
    expect(asked).toEqual([false, true]);
    means.findRules = async () => over;
    expect(await cast(POLL, OPTIONS[0] ?? '')).toEqual({ outcome: 'refused', code: 'poll_closed' });
    means.findRules = async (_, mustBeFresh) => (mustBeFresh ? undefined : over);
    expect(await cast(POLL, OPTIONS[0] ?? '')).toEqual({ outcome: 'refused', code: 'poll_not_found' });
  });

  test('counts up to the grace period after its stamp', async () => {
    means.append = async () => ({ partition: 3, offset: 42, appendTime: ACCEPTED_MS + GRACE_MS });
    expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted' });
  });

  test('fails if it was held back until it was too late to count, so no receipt is issued', async () => {
    jest.useFakeTimers({ now: ACCEPTED_MS });
    let tries = 0;
    means.append = async () => {
      tries += 1;
      jest.setSystemTime(ACCEPTED_MS + GRACE_MS + 1);
      return { partition: 3, offset: 42, appendTime: ACCEPTED_MS + GRACE_MS + 1 };
    };
    const outcome = cast(POLL, OPTIONS[0] ?? '').finally(() => jest.useRealTimers());
    await expect(outcome).rejects.toThrow(UnavailableError);
    expect(tries).toBe(1);
  });

  describe('by a clock that is a minute off', () => {
    const MINUTE_MS = 60_000;
    let offMs: number;
    let place: Partial<Appended>;

    beforeEach(() => {
      [offMs, place] = [-MINUTE_MS, {}];
      means.clock = createAcceptanceClock(
        () => ACCEPTED_MS + offMs,
        () => 0.5,
        () => 0,
      );
      means.findRules = async () => ({
        ...rules,
        windows: [{ start: ACCEPTED_MS - 1, end: ACCEPTED_MS + 1 }],
      });
      means.append = async (record) => {
        appended.push(record);
        return { partition: 3, offset: appended.length, appendTime: ACCEPTED_MS, ...place };
      };
    });

    const always: VotingWindow[] = [{ start: 0, end: ACCEPTED_MS + 10 * MINUTE_MS }];
    const openAlways = () => {
      means.findRules = async () => ({ ...rules, windows: always });
    };
    const stamps = () =>
      appended.map(({ key, value }) => {
        const ballot = decodeBallot(key?.toString('base64'), value?.toString('base64'));
        return Math.floor(ballot.acceptedAt / 1_000);
      });

    test('is appended again if the clock was behind, and later votes once', async () => {
      openAlways();
      expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted', vote: { offset: 2 } });
      expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted', vote: { offset: 3 } });
      expect(stamps()).toEqual([ACCEPTED_MS - MINUTE_MS, ACCEPTED_MS, ACCEPTED_MS]);
    });

    test('is accepted when the clock is right again', async () => {
      openAlways();
      await cast(POLL, OPTIONS[0] ?? '');
      offMs = 0;
      expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted' });
      await cast(POLL, OPTIONS[0] ?? '');
      expect(stamps().slice(2)).toEqual([ACCEPTED_MS, ACCEPTED_MS]);
    });

    test('is rejected if the poll is over by the clock of the database', async () => {
      means.findRules = async () => ({ ...rules, windows: [{ start: 0, end: ACCEPTED_MS }] });
      expect(await cast(POLL, OPTIONS[0] ?? '')).toEqual({ outcome: 'refused', code: 'poll_closed' });
    });

    test.each([
      ['behind', -MINUTE_MS],
      ['ahead', MINUTE_MS],
    ])(
      'is accepted in a poll that is open by the clock of the database, though the clock is %s',
      async (_, ms) => {
        offMs = ms;
        expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({
          outcome: 'accepted',
          vote: { offset: 1 },
        });
        expect(stamps()).toEqual([ACCEPTED_MS]);
      },
    );

    test('is accepted at once if the clock was a little behind, and later ones are stamped right', async () => {
      openAlways();
      offMs = -3_000;
      expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted', vote: { offset: 1 } });
      await cast(POLL, OPTIONS[0] ?? '');
      expect(stamps()).toEqual([ACCEPTED_MS - 3_000, ACCEPTED_MS]);
    });

    test('is not cast again if it was held back too: its voter may have voted again', async () => {
      openAlways();
      offMs = -3_000;
      jest.useFakeTimers({ now: ACCEPTED_MS });
      means.append = async (record) => {
        appended.push(record);
        jest.setSystemTime(ACCEPTED_MS + 12_500);
        return { partition: 3, offset: 42, appendTime: ACCEPTED_MS + 12_500 };
      };
      const outcome = cast(POLL, OPTIONS[0] ?? '').finally(() => jest.useRealTimers());
      await expect(outcome).rejects.toThrow(UnavailableError);
      expect(appended).toHaveLength(1);
    });

    test('gets no receipt if an earlier copy of it may count', async () => {
      openAlways();
      place = { isResent: true };
      await expect(cast(POLL, OPTIONS[0] ?? '')).rejects.toThrow(UnavailableError);
      expect(appended).toHaveLength(1);
    });

    test('gets no receipt if an earlier copy of it may count with another time', async () => {
      openAlways();
      offMs = 1_000;
      jest.useFakeTimers({ now: ACCEPTED_MS });
      means.append = async (record) => {
        appended.push(record);
        jest.setSystemTime(ACCEPTED_MS + 700);
        return { partition: 3, offset: 42, appendTime: ACCEPTED_MS + 700, isResent: true };
      };
      const outcome = cast(POLL, OPTIONS[0] ?? '').finally(() => jest.useRealTimers());
      await expect(outcome).rejects.toThrow(UnavailableError);
    });

    test('gets no receipt if the log is ahead of the database too', async () => {
      openAlways();
      place = { appendTime: ACCEPTED_MS + MINUTE_MS };
      offMs = 0;
      await expect(cast(POLL, OPTIONS[0] ?? '')).rejects.toThrow(UnavailableError);
      expect(appended).toHaveLength(2);
    });
  });

  test('counts by the time of the log if the clock here is far ahead of it', async () => {
    const appendTime = ACCEPTED_MS - 60_000;
    means.append = async () => ({ partition: 3, offset: 42, appendTime });
    const acceptedAt = (appendTime + 500) * 1_000 + 123;
    expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted', vote: { acceptedAt } });
    means.findRules = async () => ({ ...rules, windows: [{ start: ACCEPTED_MS - 1, end: ACCEPTED_MS + 1 }] });
    await expect(cast(POLL, OPTIONS[0] ?? '')).rejects.toThrow(UnavailableError);
  });

  test('gives no receipt for a vote that the log may have with two times', async () => {
    const place = { partition: 3, offset: 42, isResent: true };
    means.append = async () => ({ ...place, appendTime: ACCEPTED_MS });
    expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted' });
    means.append = async () => ({ ...place, appendTime: ACCEPTED_MS - 60_000 });
    await expect(cast(POLL, OPTIONS[0] ?? '')).rejects.toThrow(UnavailableError);
  });

  test('judges by fresh rules if the clock here is far ahead, because the owner may have opened the poll', async () => {
    means.append = async () => ({ partition: 3, offset: 42, appendTime: ACCEPTED_MS - 60_000 });
    const later = { ...rules, windows: [{ start: ACCEPTED_MS - 1, end: ACCEPTED_MS + 1 }] };
    means.findRules = async (_, mustBeFresh) => (mustBeFresh ? rules : later);
    expect(await cast(POLL, OPTIONS[0] ?? '')).toMatchObject({ outcome: 'accepted' });
  });

  test('fails if the log fails', async () => {
    means.append = () => Promise.reject(new UnavailableError('Kafka is away.'));
    await expect(cast(POLL, OPTIONS[0] ?? '')).rejects.toThrow(UnavailableError);
  });
});
