import * as v from 'valibot';
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
import { webhookTargets } from '../config.ts';
import { MAX_QUESTION_CHARACTERS, OPTIONS } from './limits.ts';
import { moment, opaqueText, readableText } from './schemaOf.ts';
import { webhookUrl } from './webhookUrl.ts';

const OPTION_CHARACTERS = 200;
const LIFE_YEARS = 5;

function isWithinLife(time: number, now: number): boolean {
  const last = new Date(now);
  last.setUTCFullYear(last.getUTCFullYear() + LIFE_YEARS);
  return time <= last.getTime();
}

/** What a poll asks. */
export const question = readableText(MAX_QUESTION_CHARACTERS);

/** The options' texts, by position. */
export const optionTexts = v.pipe(
  v.array(readableText(OPTION_CHARACTERS), 'must be a list of texts.'),
  v.minLength(OPTIONS.min, `must have ${OPTIONS.min} to ${OPTIONS.max} entries.`),
  v.maxLength(OPTIONS.max, `must have ${OPTIONS.min} to ${OPTIONS.max} entries.`),
  v.check((texts) => new Set(texts).size === texts.length, 'must differ from one another.'),
  v.metadata({ uniqueItems: true }),
);

/** The end of voting; comes out as milliseconds since 1970.
 * @param now milliseconds since 1970 */
export const endAfter = (now: number) =>
  v.pipe(
    moment,
    v.check((time) => time > now, 'must be in the future.'),
    v.check((time) => isWithinLife(time, now), `must be within ${LIFE_YEARS} years.`),
  );

const settings = {
  opens_at: v.nullish(moment, null),
  max_choices: v.optional(
    v.pipe(
      v.number('must be a number.'),
      v.integer('must be a whole number.'),
      v.minValue(1, 'must be 1 or more.'),
    ),
    1,
  ),
  allow_change: v.optional(v.boolean('must be true or false.'), false),
  results_visibility: v.optional(
    v.picklist(['always', 'after_vote', 'after_close'], 'must be always, after_vote or after_close.'),
    'always',
  ),
  webhook_url: v.nullish(webhookUrl(webhookTargets()), null),
};

/** What it takes to make a poll; times come out as milliseconds since 1970. A check between two fields runs
 * as soon as both of them are right, so one answer tells every fault.
 * @param now milliseconds since 1970 */
export const newPollSchema = (now: number) =>
  v.pipe(
    v.object(
      { question, options: optionTexts, expired_at: endAfter(now), ...settings },
      'must be a JSON object.',
    ),
    v.forward(
      v.partialCheck(
        [['opens_at'], ['expired_at']],
        ({ opens_at, expired_at }) => opens_at === null || opens_at < expired_at,
        'must be before expired_at.',
      ),
      ['opens_at'],
    ),
    v.forward(
      v.partialCheck(
        [['options'], ['max_choices']],
        ({ options, max_choices }) => max_choices <= Math.max(options.length, OPTIONS.min),
        'must not exceed the number of options.',
      ),
      ['max_choices'],
    ),
  );

export type CreatePollFields = v.InferOutput<ReturnType<typeof newPollSchema>>;

/** What the owner of a poll may change, all of it together or nothing. A poll is closed or given another end;
 * times come out as milliseconds since 1970.
 * @param now milliseconds since 1970 */
export const pollChangesSchema = (now: number) =>
  v.pipe(
    v.object(
      {
        closed: v.optional(v.literal(true, 'must be true.')),
        expired_at: v.optional(endAfter(now)),
        question: v.optional(question),
        options: v.optional(optionTexts),
      },
      'must be a JSON object.',
    ),
    v.check(
      (changes) => Object.values(changes).some((value) => value !== undefined),
      'closed, expired_at, question or options must be given.',
    ),
    v.forward(
      v.partialCheck(
        [['closed'], ['expired_at']],
        ({ closed, expired_at }) => closed === undefined || expired_at === undefined,
        'must not be given with closed.',
      ),
      ['expired_at'],
    ),
    v.metadata({
      anyOf: ['closed', 'expired_at', 'question', 'options'].map((field) => ({ required: [field] })),
      not: { required: ['closed', 'expired_at'] },
    }),
  );

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
