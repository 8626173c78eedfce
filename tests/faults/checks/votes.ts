import { Pool } from 'undici';
import { until } from '../../../lib/concurrency/deadline.ts';
import type { VoteStatus } from '../../../lib/domain/voteStatus.ts';
import type { AnySql } from '../../../lib/sql/client.ts';
import { findDrift } from '../../../lib/sql/drift.ts';
import { voterKey } from '../../../lib/votes/castVote.ts';
import type { MadePoll } from '../../support/http/api.ts';
import type { Voter } from '../load/voter.ts';
import type { Certainty, ClockStep } from './certainty.ts';
import type { Finding } from './finding.ts';
import { judgeVoter, type Outcome } from './judgeVoter.ts';
import { read } from './read.ts';

const AT_A_TIME = 16;

/** Waits until no receipt says `accepted`, up to a limit for all of them.
 * @returns the status of each receipt, from then on */
export async function readOutcomes(
  httpUrl: string,
  voters: Voter[],
  limitMs: number,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const pool = new Pool(httpUrl, { connections: AT_A_TIME });
  const deadline = performance.now() + limitMs;
  const lookUp = async (some: Voter[]) => {
    const receipts = some.flatMap(({ tries }) => tries.flatMap(({ receipt }) => receipt ?? [])).values();
    const work = async () => {
      for (const receipt of receipts) {
        outcomes.set(receipt, await settled(pool, receipt, deadline - performance.now()));
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  };
  try {
    await lookUp(voters);
    // Meanwhile another vote may have replaced one that was counted when it was looked up.
    await lookUp(voters.filter(({ tries }) => tries.length > 1));
  } finally {
    await pool.destroy();
  }
  return outcomes;
}

async function settled(pool: Pool, receipt: string, limitMs: number): Promise<Outcome> {
  let last: Outcome = 'accepted';
  const look = async () => {
    const { statusCode, body } = await pool.request({ method: 'GET', path: `/votes/${receipt}` });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${statusCode} ${text}`);
    const status: VoteStatus = JSON.parse(text);
    last = 'reason' in status ? status.reason : status.status;
    if (last === 'accepted') throw new Error('Not yet.');
  };
  await until(look, Math.max(0, limitMs)).catch(() => {});
  return last;
}

export interface Counted {
  voters: Voter[];
  polls: MadePoll[];
  voterSecret: string;
  outcomes: Map<string, Outcome>;
  /** By the ids of the polls. */
  certainties: Map<string, Certainty[]>;
  steps: ClockStep[];
}

const keyed = (pollId: string, key: string) => `${pollId} ${key}`;

/** Checks each voter's row, and finds rows without a voter. */
export async function checkRows(sql: AnySql, counted: Counted): Promise<Finding[]> {
  const { voters, polls, voterSecret, outcomes, certainties, steps } = counted;
  const rows = await sql<{ poll_id: string; voter_key: string; choices: number }[]>`
    select poll_id, replace(voter_key::text, '-', '') as voter_key, choices
    from votes join polls using (poll_key) where poll_id = any(${idsOf(polls)}::text::uuid[])`;
  const stored = new Map(rows.map((row) => [keyed(row.poll_id, row.voter_key), row.choices]));
  const findings: Finding[] = [];
  for (const voter of voters) {
    const { poll, userId } = voter;
    const key = keyed(poll.id, voterKey(voterSecret, poll.id.replaceAll('-', ''), userId));
    const ofPoll = certainties.get(poll.id) ?? [];
    findings.push(...judgeVoter({ voter, certainties: ofPoll, steps, stored: stored.get(key), outcomes }));
    stored.delete(key);
  }
  if (stored.size > 0)
    findings.push({ kind: 'doubled', said: 'There are rows of nobody.', votes: stored.size });
  return findings;
}

/** Finds tallies that differ from the sum of the rows, as `npm run reconcile` does. */
export async function checkDrift(sql: AnySql): Promise<Finding[]> {
  const drift = await findDrift(sql);
  return drift.map(({ poll_id, position, tallied, counted }) => {
    const surplus = tallied.votes - counted.votes;
    const said = `Option ${position} of poll ${poll_id} has ${tallied.votes} votes, and ${counted.votes} rows.`;
    return { kind: surplus > 0 ? 'doubled' : 'lost', said, votes: Math.abs(surplus) };
  });
}

/** Compares each poll as the interface shows it with its rows. */
export async function checkSums(httpUrl: string, sql: AnySql, polls: MadePoll[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { id } of polls) {
    const shown = await read<MadePoll>(httpUrl, `/polls/${id}`);
    const rows = await sql<{ choices: number }[]>`
      select choices from votes join polls using (poll_key) where poll_id = ${id} and choices > 0`;
    const expected = [
      rows.length,
      ...shown.options.map((_, at) => rows.filter(({ choices }) => choices & (1 << at)).length),
    ];
    const counts = [shown.total_votes ?? 0, ...shown.options.map(({ vote_count }) => vote_count ?? 0)];
    const surplus = counts.reduce((sum, count, at) => sum + count - (expected[at] ?? 0), 0);
    if (`${counts}` === `${expected}`) continue;
    const said = `Poll ${id} shows ${counts}, and its rows are ${expected}.`;
    findings.push({ kind: surplus > 0 ? 'doubled' : surplus < 0 ? 'lost' : 'wrong', said });
  }
  return findings;
}

const idsOf = (polls: MadePoll[]) => `{${polls.map(({ id }) => id).join()}}`;
