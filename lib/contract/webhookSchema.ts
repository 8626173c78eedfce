import * as v from 'valibot';
import type { PollClosedEvent } from '../domain/webhookEvent.ts';
import { pollSchema } from './responses.ts';
import { schemaOf, time } from './schemaOf.ts';

/** What the server says to who gets webhooks. */
export const pollClosedEventSchema = schemaOf<PollClosedEvent>()(
  v.object({
    type: v.literal('poll.closed'),
    timestamp: v.pipe(time, v.description('When the results became final.')),
    data: pollSchema,
  }),
);
