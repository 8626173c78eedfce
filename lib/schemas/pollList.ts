import * as v from 'valibot';
import { MAX_QUESTION_CHARACTERS } from '../contract/limits.ts';
import { pollSchema, pollStatus } from './poll.ts';
import { soughtText } from './text.ts';

/** Which polls are asked for. */
export const pollListQuerySchema = v.object({
  status: v.optional(pollStatus, 'open'),
  q: v.optional(soughtText(MAX_QUESTION_CHARACTERS), ''),
});

export const pollListSchema = v.object({
  data: v.array(pollSchema),
  next_cursor: v.pipe(v.nullable(v.string()), v.description('For the next page; null on the last.')),
});
