import * as v from 'valibot';
import type { PollClosedEvent } from '../domain/webhookEvent.ts';
import { pollSchema } from './responses.ts';
import { schemaOf, time } from './schemaOf.ts';

/** The webhook payload. */
export const pollClosedEventSchema = schemaOf<PollClosedEvent>()(
  v.object({
    type: v.literal('poll.closed'),
    timestamp: v.pipe(time, v.description('When the results became final.')),
    data: pollSchema,
  }),
);
