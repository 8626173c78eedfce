import {
  array,
  forward,
  type InferOutput,
  metadata,
  object,
  optional,
  partialCheck,
  pipe,
  string,
  transform,
} from 'valibot';
import { opaqueText } from './text.ts';

const USER_ID_CHARACTERS = 200;

// The format is told and not checked: what is no UUID is an option that does not exist.
const optionId = pipe(string('must be the id of an option.'), metadata({ format: 'uuid' }));

/** A vote, by HTTP or WebSocket: one option or a list of them, not both. */
export const ballotSchema = pipe(
  object(
    {
      user_id: opaqueText(USER_ID_CHARACTERS),
      option_id: optional(optionId),
      option_ids: optional(array(optionId, 'must be a list of ids of options.')),
    },
    'must be a JSON object.',
  ),
  forward(
    partialCheck(
      [['option_id'], ['option_ids']],
      ({ option_id, option_ids }) => (option_id === undefined) !== (option_ids === undefined),
      'either this or option_ids must be given.',
    ),
    ['option_id'],
  ),
  metadata({ oneOf: [{ required: ['option_id'] }, { required: ['option_ids'] }] }),
  transform(({ user_id, option_id, option_ids }) => ({
    userId: user_id,
    optionIds: option_ids ?? (option_id === undefined ? [] : [option_id]),
  })),
);

export type BallotRequest = InferOutput<typeof ballotSchema>;
