import * as v from 'valibot';
import { pollSchema, pollStatus } from './poll.ts';
import { QUESTION_CHARACTERS } from './pollFields.ts';
import { soughtText } from './text.ts';

/** How many polls a page of the list can have. */
export const PAGE_LIMIT = { least: 1, most: 100, fallback: 20 };

/** Which polls are asked for. */
export const pollListQuerySchema = v.object({
  status: v.optional(pollStatus, 'open'),
  q: v.optional(soughtText(QUESTION_CHARACTERS), ''),
});

export const pollListSchema = v.object({
  data: v.array(pollSchema),
  next_cursor: v.pipe(v.nullable(v.string()), v.description('For the next page; null on the last.')),
});
