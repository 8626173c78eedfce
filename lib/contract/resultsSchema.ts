import * as v from 'valibot';
import type { AnonymousBallot, OptionResult, Results } from '../domain/results.ts';
import { pollFields, pollOptionFields } from './responses.ts';
import { hidden, schemaOf, time, uuid } from './schemaOf.ts';

const { question, status, is_final, closed_at, total_votes, version } = pollFields;

const optionResult = schemaOf<OptionResult>()(
  v.object({
    ...pollOptionFields,
    share: hidden(
      v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
      'Share of the ballots, to four decimals. With several choices per ballot, the shares add up to more than 1.',
    ),
  }),
);

const fields = {
  poll_id: uuid,
  question,
  status,
  is_final,
  closed_at,
  total_votes,
  version,
  options: v.array(optionResult),
};

const ballot = schemaOf<AnonymousBallot>()(
  v.object({ option_ids: v.array(uuid), voted_at: v.pipe(time, v.description('Truncated to the minute.')) }),
);

/** Ballots are included only with `?ballots=true`. */
export const resultsSchema = v.object({
  ...schemaOf<Results>()(v.object(fields)).entries,
  ballots: v.exactOptional(
    v.pipe(
      v.nullable(v.array(ballot)),
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
