import * as v from 'valibot';
import type { WebhookTargets } from '../config.ts';
import { atLeastOne, exactlyOne, lengthFirst, moment, neverBoth, opaqueText } from './inputs.ts';
import { MAX_QUESTION_CHARACTERS, OPTIONS } from './limits.ts';
import { resultsVisibility } from './pollEnums.ts';
import { readableText } from './textInputs.ts';
import { targetFault } from './webhookTargets.ts';

const OPTION_CHARACTERS = 200;
const LIFE_YEARS = 5;

function isWithinLife(time: number, now: number | null): boolean {
  if (now === null) return true;
  const last = new Date(now);
  last.setUTCFullYear(last.getUTCFullYear() + LIFE_YEARS);
  return time <= last.getTime();
}

export const question = readableText(MAX_QUESTION_CHARACTERS, 'What the poll asks. It is normalized.');

/** The options' texts by position. */
export const optionTexts = v.pipe(
  lengthFirst(
    v.array(
      readableText(OPTION_CHARACTERS, 'The text of an option. It is normalized.'),
      'must be a list of strings.',
    ),
    OPTIONS.max,
  ),
  v.minLength(OPTIONS.min, `must have ${OPTIONS.min} to ${OPTIONS.max} entries.`),
  v.maxLength(OPTIONS.max, `must have ${OPTIONS.min} to ${OPTIONS.max} entries.`),
  v.check((texts) => new Set(texts).size === texts.length, 'must differ from one another.'),
  v.metadata({ uniqueItems: true }),
  v.description('The texts of the options, by position.'),
);

/** Parses to milliseconds since 1970.
 * @param now milliseconds since 1970; null accepts any time */
export const endAfter = (now: number | null) =>
  v.pipe(
    moment(`When voting ends: in the future, within ${LIFE_YEARS} years. Excludes \`expires_in\`.`),
    v.check((time) => now === null || time > now, 'must be in the future.'),
    v.check((time) => isWithinLife(time, now), `must be within ${LIFE_YEARS} years.`),
  );

/** Every five years have at least as many days. */
const LIFE_SECONDS = { min: 5, max: 1_826 * 86_400 };

const life = v.pipe(
  v.number('must be a number.'),
  v.integer('must be a whole number.'),
  v.minValue(LIFE_SECONDS.min, `must be ${LIFE_SECONDS.min} or more.`),
  v.maxValue(LIFE_SECONDS.max, `must be within ${LIFE_YEARS} years.`),
  v.description(
    "Seconds until the end, by the server's clock: from now, or from the opening if that is ahead. Excludes `expired_at`.",
  ),
);

/** Parses to milliseconds since 1970. */
const opening = (now: number | null) =>
  v.pipe(
    moment('When voting opens, before its end; now or earlier opens the poll at once.'),
    v.check((time) => isWithinLife(time, now), `must be within ${LIFE_YEARS} years.`),
  );

const URL_CHARACTERS = 2_048;

/** Parses to the normalized URL. */
export const webhookUrl = (targets: WebhookTargets) =>
  v.pipe(
    opaqueText(URL_CHARACTERS),
    v.metadata({ format: 'uri' }),
    v.description(
      'Receives the final results, see `poll.closed`, and a warning before an old poll is deleted, see `poll.expiring`. An https URL without credentials whose host has only public addresses.',
    ),
    v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
      const url = URL.parse(dataset.value);
      const fault = url ? targetFault(url, targets) : 'must be an https URL.';
      if (url && fault === undefined) return url.href;
      addIssue({ message: fault });
      return NEVER;
    }),
  );

const listed = v.pipe(
  v.boolean('must be true or false.'),
  v.description(
    'False: the poll is in no list, search or leaderboard. With its id or code, it works like any other.',
  ),
);

const settings = (now: number | null, targets: WebhookTargets) => ({
  opens_at: v.nullish(opening(now), null),
  max_choices: v.optional(
    v.pipe(
      v.number('must be a number.'),
      v.integer('must be a whole number.'),
      v.minValue(1, 'must be 1 or more.'),
      v.description('How many options a ballot may choose, at most as many as there are.'),
    ),
    1,
  ),
  allow_change: v.optional(
    v.pipe(
      v.boolean('must be true or false.'),
      v.description("Whether a voter's later vote replaces the earlier one."),
    ),
    false,
  ),
  results_visibility: v.optional(resultsVisibility, 'always'),
  listed: v.optional(listed, true),
  webhook_url: v.nullish(webhookUrl(targets), null),
});

/** Times parse to milliseconds since 1970. Cross-field checks run as soon as both fields are valid, so one
 * response lists every fault that it can see: what is wrong about times is judged last, by PostgreSQL's clock.
 * @param now milliseconds since 1970; null accepts any time */
export const newPollSchema = (now: number | null, targets: WebhookTargets) =>
  v.pipe(
    v.object(
      {
        question,
        options: optionTexts,
        expired_at: v.optional(endAfter(now)),
        expires_in: v.optional(life),
        ...settings(now, targets),
      },
      'must be a JSON object.',
    ),
    v.forward(
      v.partialCheck(
        [['expired_at'], ['expires_in']],
        ({ expired_at, expires_in }) => (expired_at === undefined) !== (expires_in === undefined),
        'exactly one of expired_at and expires_in must be given.',
      ),
      ['expired_at'],
    ),
    v.forward(
      v.partialCheck(
        [['opens_at'], ['expired_at']],
        ({ opens_at, expired_at }) => opens_at === null || expired_at === undefined || opens_at < expired_at,
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
    v.metadata(exactlyOne('expired_at', 'expires_in')),
  );

export type CreatePollFields = v.InferOutput<ReturnType<typeof newPollSchema>>;

/** Pairs that say two things about the same time. */
const CONTRADICTIONS = [
  ['closed', 'expired_at'],
  ['closed', 'expires_in'],
  ['closed', 'opens_at'],
  ['expired_at', 'expires_in'],
] as const;

const CHANGES = ['closed', 'expired_at', 'expires_in', 'opens_at', 'question', 'options', 'listed'];

/** An owner's changes. Times parse to milliseconds since 1970.
 * @param now milliseconds since 1970 */
export const pollChangesSchema = (now: number) =>
  v.pipe(
    v.object(
      {
        closed: v.optional(
          v.pipe(
            v.literal(true, 'must be true.'),
            v.description('Ends voting now. Excludes the fields that move its times.'),
          ),
        ),
        expired_at: v.optional(endAfter(now)),
        expires_in: v.optional(life),
        opens_at: v.optional(opening(now)),
        question: v.optional(question),
        options: v.optional(optionTexts),
        listed: v.optional(listed),
      },
      'must be a JSON object.',
    ),
    v.check(
      (changes) => Object.values(changes).some((value) => value !== undefined),
      `At least one of ${CHANGES.join(', ')} must be given.`,
    ),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const input = dataset.value;
      const contradiction = CONTRADICTIONS.find((pair) => pair.every((field) => input[field] !== undefined));
      if (!contradiction) return;
      const [first, key] = contradiction;
      addIssue({
        message: `must not be given together with ${first}.`,
        path: [{ type: 'object', origin: 'value', input, key, value: input[key] }],
      });
    }),
    v.metadata({ ...atLeastOne(CHANGES), ...neverBoth(CONTRADICTIONS) }),
  );
