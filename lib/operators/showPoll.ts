import { GRACE_MS, partitionsBehind } from '../domain/closing.ts';
import type { Poll } from '../domain/poll.ts';
import { RefusedError } from '../errors.ts';
import type { Sql } from '../sql/client.ts';
import { findPoll } from '../sql/findPoll.ts';
import { inspectPoll, type PollInternals } from '../sql/inspectPoll.ts';
import { inLongTransaction } from '../sql/limits.ts';
import { drawBars } from './drawBars.ts';
import { countOf } from './terminal.ts';

/** A poll with its hidden counts and internal state; times are ISO 8601. */
export interface ShownPoll {
  poll: Poll;
  /** When voting is open. A `start` of null means since creation. */
  windows: { start: string | null; end: string }[];
  state_version: number;
  /** The state that viewers were last notified of. */
  announced_version: number;
  /** Stored rows, withdrawals included. */
  votes: { stored: number; withdrawn: number };
  /** The partitions of `votes` that the final results wait for; null unless the poll is closing. */
  waits_for: { partition: number; counted_until: string | null }[] | null;
}

/** @param countPartitions returns the number of partitions of `votes`; called for a closing poll only
 * @throws {RefusedError} `poll_not_found` */
export async function showPoll(
  sql: Sql,
  countPartitions: () => Promise<number>,
  pollId: string,
): Promise<ShownPoll> {
  const [poll, internals] = await inLongTransaction(
    sql,
    async (tx) => [await findPoll(tx, pollId), await inspectPoll(tx, pollId)] as const,
    'isolation level repeatable read read only',
  );
  if (!poll || !internals) throw new RefusedError('poll_not_found');
  const { windows, stateVersion, announcedVersion, votes, withdrawals } = internals;
  return {
    poll,
    windows: windows.map(([start, until]) => ({ start: start && isoOf(start), end: isoOf(until) })),
    state_version: stateVersion,
    announced_version: announcedVersion,
    votes: { stored: votes, withdrawn: withdrawals },
    waits_for: poll.status === 'closing' ? waitsFor(poll, internals, await countPartitions()) : null,
  };
}

function waitsFor({ closed_at }: Poll, { progress, finalMark }: PollInternals, partitions: number) {
  const until = Date.parse(closed_at ?? '') + GRACE_MS;
  return partitionsBehind(progress, partitions, finalMark, until).map(({ partition, countedUntil }) => {
    return { partition, counted_until: countedUntil === null ? null : new Date(countedUntil).toISOString() };
  });
}

const isoOf = (time: string) => new Date(time).toISOString();

/** Formats the poll for a terminal. */
export function describePoll(shown: ShownPoll): string {
  const { poll, windows, votes, state_version, announced_version } = shown;
  const bars = poll.options.map((option) => ({ label: option.option_text, votes: option.vote_count ?? 0 }));
  const isNotified = announced_version >= state_version;
  const taken = windows.map(({ start, end }) => `${start ?? poll.created_at} – ${end}`);
  return [
    poll.question,
    `${poll.id} · ${poll.status} · ${countOf(poll.total_votes ?? 0, 'vote')} · version ${poll.version}`,
    '',
    drawBars(bars),
    '',
    `voting is open    ${taken.join(', ')}`,
    `a vote            has ${poll.max_choices === 1 ? 'one choice' : `up to ${poll.max_choices} choices`} and ${poll.allow_change ? 'can' : 'cannot'} be changed`,
    `results visible   ${poll.results_visibility.replace('_', ' ')}`,
    `stored            ${countOf(votes.stored, 'vote')}, ${votes.withdrawn} of them withdrawn`,
    `viewers           ${isNotified ? 'have been notified' : 'are waiting to be notified'} of the latest state`,
    ...describeClosing(shown),
  ].join('\n');
}

function describeClosing({ poll, waits_for }: ShownPoll): string[] {
  if (!poll.closed_at) return [];
  if (!waits_for) return ['results           are final'];
  if (waits_for.length === 0) return ['results           become final at the next scheduled run'];
  const partitions = waits_for.map(
    (one) =>
      `${one.partition} (${one.counted_until ? `counted until ${one.counted_until}` : 'never counted'})`,
  );
  return [`results           wait for partitions ${partitions.join(', ')}`];
}
