import * as v from 'valibot';
import type { PollClosedEvent } from '../domain/webhookEvent.ts';
import { pollSchema } from './responses.ts';
import { moment, schemaOf } from './schemaOf.ts';

/** The webhook payload. */
export const pollClosedEventSchema = schemaOf<PollClosedEvent>()(
  v.object({
    type: v.pipe(v.literal('poll.closed'), v.description('The kind of event.')),
    timestamp: moment('When the results became final.'),
    data: pollSchema,
  }),
);
