import * as v from 'valibot';
import type { AnonymousBallot, OptionResult, Results } from '../domain/results.ts';
import { pollFields, pollOptionFields } from './responses.ts';
import { hidden, moment, optionId, pollId, schemaOf } from './schemaOf.ts';

const { question, status, is_final, closed_at, total_votes, version } = pollFields;

export const optionResultSchema = schemaOf<OptionResult>()(
  v.object({
    ...pollOptionFields,
    share: hidden(
      v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
      'Share of the ballots, to four decimals. With several choices per ballot, the shares add up to more than 1.',
    ),
  }),
);

const fields = {
  poll_id: pollId,
  question,
  status,
  is_final,
  closed_at,
  total_votes,
  version,
  options: v.pipe(v.array(optionResultSchema), v.description('The options, by position.')),
};

export const anonymousBallotSchema = schemaOf<AnonymousBallot>()(
  v.object({
    option_ids: v.pipe(v.array(optionId), v.description('The options that the ballot chose.')),
    voted_at: moment('When the vote was accepted, truncated to the minute.'),
  }),
);

/** Ballots are included only with `?ballots=true`. */
export const resultsSchema = v.object({
  ...schemaOf<Results>()(v.object(fields)).entries,
  ballots: v.exactOptional(
    v.pipe(
      v.nullable(v.array(anonymousBallotSchema)),
      v.description('A page of the counted ballots, shuffled. Null if this reader may not see the results.'),
    ),
  ),
  next_cursor: v.exactOptional(
    v.pipe(
      v.nullable(v.string()),
      v.description('The cursor of the next page of ballots; null on the last page.'),
    ),
  ),
});
