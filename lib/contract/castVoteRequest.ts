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
import { exactlyOne, fewFaults, opaqueText, wellFormed } from './inputs.ts';
import { OPTIONS } from './limits.ts';

const USER_ID_CHARACTERS = 200;

/** Identifies a voter, from a body or a token. */
export const userIdSchema = opaqueText(USER_ID_CHARACTERS, wellFormed);

// The format is documented but not checked: a malformed id is an unknown option.
const optionId = pipe(
  string('must be the id of an option.'),
  metadata({ format: 'uuid' }),
  description('The `option_id` of an option of the poll.'),
);

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
        option_ids: optional(
          pipe(
            // Not limited, because repeats count once.
            fewFaults(array(optionId, 'must be a list of option ids.'), OPTIONS.max),
            description(
              'The options that the voter chooses, at most `max_choices`; none withdraws the vote. Excludes `option_id`.',
            ),
          ),
        ),
      },
      'must be a JSON object.',
    ),
    forward(
      partialCheck(
        [['option_id'], ['option_ids']],
        ({ option_id, option_ids }) => (option_id === undefined) !== (option_ids === undefined),
        'exactly one of option_id and option_ids must be given.',
      ),
      ['option_id'],
    ),
    metadata(exactlyOne('option_id', 'option_ids')),
    transform(({ user_id, option_id, option_ids }) => ({
      userId: user_id,
      optionIds: option_ids ?? (option_id === undefined ? [] : [option_id]),
    })),
  );
}

/** A vote with one option or a list of options, not both. */
export const ballotSchema = ballot(userIdSchema);

/** The same where a token identifies the voter. */
export const provenBallotSchema = ballot(
  optional(never('must not be given, because the token identifies the voter.')),
);

/** Combines both for the API documents; never used for parsing. */
export const eitherBallotSchema = ballot(
  pipe(
    optional(userIdSchema),
    description(
      'Identifies the voter. Required, except where votes need a token; there it must not be given.',
    ),
  ),
);

export type CastVoteFields = Ballot<string>;
