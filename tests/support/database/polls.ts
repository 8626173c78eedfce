import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import type { Ballot } from '../../../lib/domain/ballot.ts';
import type { Mark } from '../../../lib/domain/closing.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { CODE_CHARACTERS, codeFrom } from '../../../lib/domain/pollCode.ts';
import type { LogPosition } from '../../../lib/domain/voteStatus.ts';
import type { AnySql } from '../../../lib/sql/client.ts';
import { insertPoll } from '../../../lib/sql/creations.ts';
import { closeEndedPolls, drawMark, finalizePolls } from '../../../lib/sql/pollEnds.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';

const HOUR_MS = 3_600_000;

/** A ballot with where it stands in the log. */
export interface LoggedBallot extends Ballot, LogPosition {}

type Changes = Partial<NewPoll> & { size?: number };

/** A poll that opens now and stays open for an hour. */
export function aPoll({ size = 3, ...rest }: Changes = {}): NewPoll {
  return {
    id: v7(),
    code: codeFrom(randomBytes(CODE_CHARACTERS)),
    question: 'Where to?',
    options: Array.from({ length: size }, (_, at) => ({ id: v7(), text: `Place ${at}` })),
    maxChoices: 1,
    allowChange: false,
    resultsVisibility: 'always',
    isListed: true,
    createdAt: Date.now(),
    opensAt: null,
    expiredAt: Date.now() + HOUR_MS,
    webhookUrl: null,
    ...rest,
  };
}

/** Stores such a poll. */
export async function somePoll(sql: AnySql, changes: Changes = {}): Promise<NewPoll> {
  const poll = aPoll(changes);
  await insertPoll(sql, poll);
  return poll;
}

/** Makes the results of all polls that have ended final, as if all votes were counted long after that. */
export async function makeFinal(sql: AnySql): Promise<void> {
  await closeEndedPolls(sql, Date.now());
  await passMarkers(sql, 1);
  await finalizePolls(sql, 1, 0, Date.now());
}

/** Sends markers for the polls that have ended, and counts past them.
 * @param partitions how many there are
 * @param now see `databaseNow`
 * @param appendTime of the markers, by default long after that */
export async function passMarkers(
  sql: AnySql,
  partitions: number,
  graceMs = 0,
  now = Date.now(),
  appendTime = now + HOUR_MS,
): Promise<void> {
  const number = await drawMark(sql, graceMs, now);
  for (let partition = 0; partition < partitions; partition += 1)
    await passMark(sql, partition, { number, appendTime });
}

/** The number of the last marker that was drawn. */
export async function lastMark(sql: AnySql): Promise<number> {
  const [row] = await sql<[{ mark: number }]>`select mark from last_mark`;
  return row.mark;
}

/** Counts a partition past a marker. */
export async function passMark(sql: AnySql, partition: number, mark: Mark): Promise<void> {
  const end = { appendTime: mark.appendTime, offset: 0 };
  await tallyBallots(sql, { partition, ballots: [], end, mark });
}

let offset = 0;

/** A valid ballot of a new voter for the first option; each has the next offset of the log. */
export function someBallot(
  poll: Pick<NewPoll, 'id' | 'allowChange'>,
  changes: Partial<LoggedBallot> = {},
): LoggedBallot {
  offset += 1;
  return {
    pollId: poll.id.replaceAll('-', ''),
    voterKey: randomBytes(16).toString('hex'),
    acceptedAt: Date.now() * 1_000 + offset,
    choices: 1,
    mayChange: poll.allowChange,
    wording: 0,
    appendTime: Date.now(),
    offset,
    ...changes,
  };
}

/** The batch that these ballots make on a partition. */
export function batchOf(ballots: LoggedBallot[], partition = 0) {
  const { appendTime, offset: last } = ballots.at(-1) ?? { appendTime: Date.now(), offset: 0 };
  return { partition, ballots, end: { appendTime, offset: last } };
}
