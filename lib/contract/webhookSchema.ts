import * as v from 'valibot';
import type { PollClosedEvent, PollExpiringEvent } from '../domain/webhookEvent.ts';
import { pollSchema } from './responses.ts';
import { moment, schemaOf } from './schemaOf.ts';

export const pollClosedEventSchema = schemaOf<PollClosedEvent>()(
  v.object({
    type: v.pipe(v.literal('poll.closed'), v.description('The kind of event.')),
    timestamp: moment('When the results became final.'),
    data: pollSchema,
  }),
);

export const pollExpiringEventSchema = schemaOf<PollExpiringEvent>()(
  v.object({
    type: v.pipe(v.literal('poll.expiring'), v.description('The kind of event.')),
    timestamp: moment('When the deletion was scheduled.'),
    deletes_at: moment('When the poll is deleted with its votes, or soon after.'),
    data: pollSchema,
  }),
);
