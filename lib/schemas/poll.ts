import * as v from 'valibot';
import type { CreatedPoll } from '../client/messages.ts';
import type { Poll, PollOption } from '../domain/poll.ts';
import { exactly } from './exactly.ts';
import { count, hidden, time, uuid, version } from './values.ts';

export const pollOptionFields = {
  option_id: uuid,
  option_text: v.string(),
  position: v.pipe(count, v.description('From 0, as the poll was made.')),
  vote_count: hidden(count, 'How often it was chosen.'),
};

export const pollOptionSchema = exactly<PollOption>()(v.object(pollOptionFields));

export const pollStatus = v.picklist(
  ['scheduled', 'open', 'closing', 'closed'],
  'must be scheduled, open, closing or closed.',
);

export const pollFields = {
  id: uuid,
  question: v.string(),
  status: v.pipe(
    pollStatus,
    v.description('By time alone. Closing: voting is over, and the last votes are still being counted.'),
  ),
  options: v.array(pollOptionSchema),
  total_votes: hidden(count, 'Ballots; one ballot may hold several choices.'),
  max_choices: v.pipe(v.number(), v.integer(), v.minValue(1)),
  allow_change: v.pipe(v.boolean(), v.description("Whether a voter's later vote replaces the earlier one.")),
  results_visibility: v.picklist(['always', 'after_vote', 'after_close']),
  created_at: time,
  opens_at: v.pipe(v.nullable(time), v.description('Null where votes are taken from the start.')),
  expired_at: time,
  closed_at: v.pipe(v.nullable(time), v.description('The end of voting, set from then on.')),
  is_final: v.pipe(v.boolean(), v.description('Whether every vote accepted before the end is counted.')),
  version: version,
};

export const pollSchema = exactly<Poll>()(v.object(pollFields));

export const createdPollSchema = exactly<CreatedPoll>()(
  v.object({
    ...pollFields,
    admin_token: v.pipe(
      v.string(),
      v.description("The owner's key to the poll. It is told here and never again."),
    ),
    webhook_secret: v.exactOptional(
      v.pipe(
        v.string(),
        v.startsWith('whsec_'),
        v.description(
          'Verifies what is sent to `webhook_url`. Where there is one it is told here and never again.',
        ),
      ),
    ),
  }),
);
