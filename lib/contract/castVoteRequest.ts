import {
  array,
  description,
  forward,
  type GenericSchema,
  metadata,
  never,
  object,
  optional,
  partialCheck,
  pipe,
  string,
  transform,
} from 'valibot';
import { opaqueText } from './inputs.ts';

const USER_ID_CHARACTERS = 200;

/** What names a voter, wherever it comes from. */
export const userIdSchema = opaqueText(USER_ID_CHARACTERS);

// The format is told and not checked: what is no UUID is an option that does not exist.
const optionId = pipe(string('must be the id of an option.'), metadata({ format: 'uuid' }));

interface Ballot<U> {
  userId: U;
  optionIds: string[];
}

function ballot<U extends string | undefined>(
  userId: GenericSchema<unknown, U>,
): GenericSchema<unknown, Ballot<U>>;
function ballot(userId: GenericSchema<unknown, string | undefined>) {
  return pipe(
    object(
      {
        user_id: userId,
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
}

/** A vote, by HTTP or WebSocket: one option or a list of them, not both. */
export const ballotSchema = ballot(userIdSchema);

/** The same where a token tells who votes. */
export const provenBallotSchema = ballot(optional(never('must not be given: the token tells who votes.')));

/** Both of them as one; this describes and never runs. */
export const eitherBallotSchema = ballot(
  pipe(
    optional(userIdSchema),
    description('Who votes. Required, unless votes take a token here: then it must not be given.'),
  ),
);

export type CastVoteFields = Ballot<string>;
