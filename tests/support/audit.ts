import { Pool } from 'undici';
import type { VoteStatus } from '../../lib/domain/voteStatus.ts';
import { until } from '../../lib/offline/until.ts';
import type { MadePoll } from './api.ts';
import type { Voter } from './voteLoad.ts';

const AT_A_TIME = 16;
const SETTLED_WITHIN_MS = 60_000;
/** Enough to see what went wrong. */
const MOST_FINDINGS = 10;

/** Waits until all is counted, and compares receipts and polls with what voters did: each counts exactly once.
 * @returns what is wrong, in words; nothing if all is well */
export async function audit(url: string, voters: Voter[]): Promise<string[]> {
  const pool = new Pool(url, { connections: AT_A_TIME });
  const findings: string[] = [];
  const queue = voters.values();
  const work = async () => {
    for (const voter of queue) findings.push(...(await auditVoter(pool, voter)));
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    for (const id of new Set(voters.map(({ poll }) => poll.id))) {
      const ofPoll = voters.filter(({ poll }) => poll.id === id);
      findings.push(...(await auditPoll(pool, id, ofPoll)));
    }
  } finally {
    await pool.destroy();
  }
  return findings.slice(0, MOST_FINDINGS);
}

async function read<T>(pool: Pool, path: string): Promise<T> {
  const { statusCode, body } = await pool.request({ method: 'GET', path });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`GET ${path} is answered ${statusCode} ${text}`);
  return JSON.parse(text);
}

/** What became of a vote, as its receipt tells once it is no longer only accepted. */
function settledStatus(pool: Pool, receipt: string): Promise<VoteStatus> {
  return until(async () => {
    const status = await read<VoteStatus>(pool, `/votes/${receipt}`);
    if (status.status === 'accepted') throw new Error('A vote is still only accepted.');
    return status;
  }, SETTLED_WITHIN_MS);
}

async function auditVoter(pool: Pool, { userId, poll, habit, votes }: Voter): Promise<string[]> {
  const settled = () => Promise.all(votes.map(({ receipt }) => settledStatus(pool, receipt)));
  const first = await settled();
  // One may have been replaced while we asked, by another that was counted only then.
  const statuses = poll.allow_change && votes.length > 1 ? await settled() : first;
  const told = statuses.map((one) => ('reason' in one ? one.reason : one.status));
  const passedOver = poll.allow_change ? 'replaced' : 'already_voted';
  const standing = told.filter((status) => status === 'counted').length;
  const others = told.filter((status) => status === passedOver).length;
  // A try that was not answered may have been the one that counted.
  const least = votes.every(({ isOnlyTry }) => isOnlyTry) ? 1 : 0;
  const isRight = standing >= least && standing <= 1 && standing + others === votes.length;
  const isInOrder = habit !== 'changes mind' || least === 0 || told[poll.allow_change ? 1 : 0] === 'counted';
  return isRight && isInOrder ? [] : [`${userId}, who ${habit}: ${told.join(', ')}`];
}

async function auditPoll(pool: Pool, id: string, voters: Voter[]): Promise<string[]> {
  const poll = await read<MadePoll>(pool, `/polls/${id}`);
  const counts = [poll.total_votes, ...poll.options.map((option) => option.vote_count)];
  const choices = voters.map(({ votes }) => (poll.allow_change ? votes.at(-1) : votes[0]));
  const votersFor = (position: number) => choices.filter((vote) => vote?.position === position).length;
  const expected = [voters.length, ...poll.options.map((_, position) => votersFor(position))];
  return `${counts}` === `${expected}` ? [] : [`Poll ${id} counts ${counts} instead of ${expected}`];
}
