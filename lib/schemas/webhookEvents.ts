import * as v from 'valibot';
import type { PollClosedEvent } from '../domain/webhooks.ts';
import { exactly } from './exactly.ts';
import { pollSchema } from './poll.ts';
import { time } from './values.ts';

/** What the server says to who gets webhooks. */
export const pollClosedEventSchema = exactly<PollClosedEvent>()(
  v.object({
    type: v.literal('poll.closed'),
    timestamp: v.pipe(time, v.description('When the results became final.')),
    data: pollSchema,
  }),
);
