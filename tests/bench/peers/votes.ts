import { randomBytes, randomInt } from 'node:crypto';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import type { BallotBatch } from '../../../lib/sql/tallyBallots.ts';
import type { LoggedBallot } from '../../support/database/polls.ts';

export const BATCH_SIZE = 1_000;

/** One vote, as our log has it and as a plain table would. */
export interface BenchVote {
  ballot: LoggedBallot;
  pollId: string;
  userId: string;
  optionId: string;
}

/** Makes batches of votes by different voters, in no order, spread evenly over the polls. */
export function makeVotes(polls: NewPoll[], batches: number): BenchVote[][] {
  const voters = shuffled(batches * BATCH_SIZE);
  const now = Date.now();
  return Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: BATCH_SIZE }, (_, at) => {
      const number = batch * BATCH_SIZE + at;
      const poll = polls[randomInt(polls.length)] as NewPoll;
      const position = randomInt(poll.options.length);
      const ballot = {
        pollId: poll.id.replaceAll('-', ''),
        voterKey: randomBytes(16).toString('hex'),
        acceptedAt: now * 1_000 + number,
        choices: 2 ** position,
        mayChange: false,
        wording: 0,
        appendTime: now,
        offset: number,
      };
      const optionId = poll.options[position]?.id ?? '';
      return { ballot, pollId: poll.id, userId: `user-${voters[number]}`, optionId };
    }),
  );
}

export function toBatch(votes: BenchVote[], partition: number): BallotBatch {
  const ballots = votes.map(({ ballot }) => ballot);
  const { appendTime = 0, offset = 0 } = ballots.at(-1) ?? {};
  return { partition, ballots, end: { appendTime, offset } };
}

function shuffled(length: number): Uint32Array {
  const numbers = Uint32Array.from({ length }, (_, at) => at);
  for (let at = length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [numbers[at], numbers[other]] = [numbers[other] ?? 0, numbers[at] ?? 0];
  }
  return numbers;
}
