import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { decideChanges } from '../../../lib/domain/pollChanges.ts';
import { voteStatus } from '../../../lib/domain/voteStatus.ts';
import { REWORDING_PAUSE_MS } from '../../../lib/domain/wording.ts';
import { saveChangedPoll } from '../../../lib/sql/changePoll.ts';
import { findChangeablePoll } from '../../../lib/sql/findChangeablePoll.ts';
import { findPoll, findPollRules } from '../../../lib/sql/findPoll.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { findVoteFacts } from '../../../lib/sql/voteFacts.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, type LoggedBallot, someBallot, somePoll } from '../../support/database/polls.ts';

interface Vote {
  does: 'vote';
  voter: number;
  /** 0 withdraws. */
  choices: number;
  /** By the words before the present ones, which castVote still remembers. */
  isStale: boolean;
  /** In the pause after a rewording. */
  isEarly: boolean;
}

type Action = Vote | { does: 'count' } | { does: 'reword' };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('vote' as const),
      voter: fc.nat({ max: 3 }),
      choices: fc.constantFrom(0, 1, 2, 4),
      isStale: fc.boolean(),
      isEarly: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ does: 'reword' as const }) },
  { weight: 1, arbitrary: fc.constant({ does: 'count' as const }) },
);
const actions = fc.array(action, { minLength: 3, maxLength: 20 });

const RUNS = 40;
const TEST_MS = 60_000;

/** A ballot, the question that it was accepted for, and whether its voter may have read an older one. */
interface Cast {
  ballot: LoggedBallot;
  question: string;
  isEarly: boolean;
}

onEachPostgres('votes and rewordings in any order', (database) => {
  async function reword({ id: pollId }: NewPoll, question: string): Promise<boolean> {
    const { sql } = database();
    const found = await findChangeablePoll(sql, pollId);
    const decision = found && decideChanges(found.poll, { question }, Date.now());
    if (decision?.outcome !== 'changed') throw new Error('Nothing changes.');
    const saved = await saveChangedPoll(sql, {
      pollId,
      storedVersion: found?.storedVersion ?? 0,
      ...decision,
    });
    return saved !== 'has_votes';
  }

  /** Carries all out, and counts what is left. @returns all ballots, in the order of the log */
  async function carryOut(poll: NewPoll, all: Action[]): Promise<Cast[]> {
    const { sql } = database();
    const log: Cast[] = [];
    let counted = 0;
    const count = async () => {
      const batch = log.slice(counted).map(({ ballot }) => ballot);
      counted = log.length;
      if (batch.length > 0) await tallyBallots(sql, batchOf(batch));
    };
    const words = [{ question: poll.question, wording: 0, from: Date.now() }];
    const vote = ({ voter, choices, isStale, isEarly }: Vote) => {
      const { question, wording } = words.at(isStale && words.length > 1 ? -2 : -1) ?? {
        question: '',
        wording: 0,
      };
      const [first, present] = [words.length === 1, words.at(-1)?.from ?? 0];
      const acceptedAt = (present + (isEarly || first ? 1 : REWORDING_PAUSE_MS + 500)) * 1_000 + log.length;
      const voterKey = `${voter}`.padStart(32, '0');
      // castVote refuses an empty ballot where votes may not change.
      const chosen = poll.allowChange ? choices : choices || 1;
      const ballot = someBallot(poll, { voterKey, choices: chosen, acceptedAt, wording });
      log.push({ ballot, question, isEarly: isEarly && !first });
    };
    for (const one of all) {
      if (one.does === 'vote') vote(one);
      else if (one.does === 'count') await count();
      else if (await reword(poll, `Which, ${words.length}?`)) {
        const wording = (await findPollRules(sql, poll.id))?.wording ?? 0;
        words.push({ question: `Which, ${words.length}?`, wording, from: Date.now() });
      }
    }
    await count();
    return log;
  }

  async function standing({ id }: NewPoll) {
    const rows = await database().sql`
      select voter_key, choices, accepted_at from votes join polls using (poll_key) where poll_id = ${id} order by 1`;
    const poll = await findPoll(database().sql, id, Date.now());
    return { rows: [...rows], options: poll?.options, total: poll?.total_votes };
  }

  const isForPresentWords = async (poll: NewPoll, log: Cast[]) => {
    const { sql } = database();
    const present = await findPoll(sql, poll.id, Date.now());
    const facts = await findVoteFacts(
      sql,
      log.map(({ ballot }) => ({ ...ballot, partition: 0 })),
    );
    for (const [at, { ballot, question, isEarly }] of log.entries()) {
      const isWithdrawal = ballot.choices === 0;
      const known = facts[at];
      const status = known && voteStatus({ ...ballot, isWithdrawal }, known);
      expect(status?.status).not.toBe('accepted');
      if (isWithdrawal) continue;
      const isChanged = status?.status === 'rejected' && status.reason === 'poll_changed';
      expect(isChanged).toBe(question !== present?.question || isEarly);
    }
  };

  const property = fc.asyncProperty(fc.boolean(), actions, fc.nat(20), async (allowChange, all, cut) => {
    const { sql } = database();
    const poll = await somePoll(sql, { allowChange });
    const log = await carryOut(poll, all);
    if (log.length === 0) return;
    await isForPresentWords(poll, log);
    const before = await standing(poll);

    await sql`delete from votes using polls where votes.poll_key = polls.poll_key and poll_id = ${poll.id}`;
    await sql`update tallies set votes = 0, ballots = 0, moves = 0 where poll_id = ${poll.id}`;
    const ballots = log.map(({ ballot }) => ballot);
    for (const part of [ballots.slice(0, cut), ballots.slice(Math.max(0, cut - 3)), ballots])
      if (part.length > 0) await tallyBallots(sql, batchOf(part));
    expect(await standing(poll)).toEqual(before);
  });

  test(
    'count for the present words or not at all, and a replay counts the same',
    () => fc.assert(property, { numRuns: RUNS }),
    TEST_MS,
  );
});
