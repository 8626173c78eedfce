import type { Poll } from '../../domain/poll.ts';
import type { CommonWords } from '../words/words.ts';
import { meanAnswer, sharesOfVoters, sharesOfVotes } from './shares.ts';
import { fill, isolated, type Speaker } from './speak.ts';

export interface Row {
  id: string;
  text: string;
  votes: number;
  /** Whole percent, 0–100. */
  share: number;
  isLeader: boolean;
}

export interface Standings {
  /** In the order of the poll. */
  rows: Row[];
  /** Ballots; equal to the sum of votes where each has one choice. */
  total: number;
  isSingle: boolean;
  mean: number | undefined;
}

/** What a poll's results are, for a reader who may see them.
 * @returns undefined if they are hidden */
export function standingsOf(poll: Poll): Standings | undefined {
  const counts: number[] = [];
  for (const { vote_count } of poll.options) {
    if (vote_count === null) return undefined;
    counts.push(vote_count);
  }
  const isSingle = poll.max_choices === 1;
  const total = poll.total_votes ?? 0;
  const shares = isSingle ? sharesOfVotes(counts) : sharesOfVoters(counts, total);
  const most = Math.max(...counts);
  const texts = poll.options.map(({ option_text }) => option_text);
  const rows = poll.options.map(({ option_id, option_text }, position) => ({
    id: option_id,
    text: option_text,
    votes: counts[position] ?? 0,
    share: shares[position] ?? 0,
    isLeader: most > 0 && counts[position] === most,
  }));
  return { rows, total, isSingle, mean: isSingle ? meanAnswer(texts, counts) : undefined };
}

/** Most votes first; equal ones stay in the order of the poll. */
export function mostVotesFirst(rows: Row[]): Row[] {
  return [...rows].sort((a, b) => b.votes - a.votes);
}

/** The leader or the winner, in a sentence. */
export function describeLeader(
  { rows, total }: Standings,
  isFinal: boolean,
  words: CommonWords,
  say: Speaker,
) {
  const leaders = rows.filter(({ isLeader }) => isLeader);
  const [first] = leaders;
  if (!first) return isFinal ? words.nobody : words.noVotes;
  if (leaders.length === 1) {
    const values = { option: isolated(first.text), count: say.number(first.votes) };
    return say.count(isFinal ? words.won : words.leads, total, values);
  }
  const options = say.list(leaders.map(({ text }) => isolated(text)));
  return fill(isFinal ? words.tie : words.level, { options, votes: say.count(words.votes, first.votes) });
}
