import type { Poll } from '../../../lib/domain/poll.ts';

const ID = '0195f0c0-0000-7000-8000-000000000000';

/** A poll of the page's tests, open for an hour from `START`. */
export const START = Date.UTC(2030, 0, 1);

export function pagePoll(counts: (number | null)[] = [0, 0], change: Partial<Poll> = {}): Poll {
  const texts = ['Tea', 'Coffee', 'Water', 'Juice'];
  const options = counts.map((vote_count, position) => ({
    option_id: `${ID.slice(0, -2)}1${position}`,
    option_text: texts[position] ?? `Option ${position}`,
    position,
    vote_count,
  }));
  const isHidden = counts.includes(null);
  return {
    id: ID,
    code: 'ABC123',
    question: 'Tea or coffee?',
    status: 'open',
    options,
    total_votes: isHidden ? null : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    max_choices: 1,
    allow_change: false,
    results_visibility: 'always',
    listed: true,
    created_at: new Date(START).toISOString(),
    opens_at: null,
    expired_at: new Date(START + 3_600_000).toISOString(),
    closed_at: null,
    is_final: false,
    version: isHidden ? null : 1,
    ...change,
  };
}
