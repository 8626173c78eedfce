import { referTo } from './errorResponses.ts';
import type { SchemaName } from './httpSchemas.ts';
import { poll, results } from './samplePoll.ts';
import { samples } from './samples.ts';

/** @param names of the schema's examples; all by default */
export function json(schema: SchemaName, names?: string[]) {
  const examples = Object.entries(samples[schema].examples)
    .filter(([name]) => names?.includes(name) ?? true)
    .map(([name, value]) => [name, { value }]);
  return {
    'application/json': { schema: referTo('schemas', schema), examples: Object.fromEntries(examples) },
  };
}

const ROWS = [
  'poll_id,question,status,option_id,position,option_text,vote_count,share,total_votes',
  ...results.options.map(({ option_id, position, option_text, vote_count, share }) =>
    [poll.id, poll.question, poll.status, option_id, position, option_text, vote_count, share, 4].join(','),
  ),
];

export const CSV = {
  'text/csv': {
    schema: { type: 'string', description: 'A line per option, or per ballot with `ballots=true`.' },
    examples: { results: { value: `${ROWS.join('\r\n')}\r\n` } },
  },
};
