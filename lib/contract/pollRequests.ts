import * as v from 'valibot';
import type { WebhookTargets } from '../config.ts';
import { moment, opaqueText, readableText } from './inputs.ts';
import { MAX_QUESTION_CHARACTERS, OPTIONS } from './limits.ts';
import { targetFault } from './webhookTargets.ts';

const OPTION_CHARACTERS = 200;
const LIFE_YEARS = 5;

function isWithinLife(time: number, now: number): boolean {
  const last = new Date(now);
  last.setUTCFullYear(last.getUTCFullYear() + LIFE_YEARS);
  return time <= last.getTime();
}

export const question = readableText(MAX_QUESTION_CHARACTERS);

/** The options' texts by position. */
export const optionTexts = v.pipe(
  v.array(readableText(OPTION_CHARACTERS), 'must be a list of strings.'),
  v.minLength(OPTIONS.min, `must have ${OPTIONS.min} to ${OPTIONS.max} entries.`),
  v.maxLength(OPTIONS.max, `must have ${OPTIONS.min} to ${OPTIONS.max} entries.`),
  v.check((texts) => new Set(texts).size === texts.length, 'must differ from one another.'),
  v.metadata({ uniqueItems: true }),
);

/** Parses to milliseconds since 1970.
 * @param now milliseconds since 1970 */
export const endAfter = (now: number) =>
  v.pipe(
    moment,
    v.check((time) => time > now, 'must be in the future.'),
    v.check((time) => isWithinLife(time, now), `must be within ${LIFE_YEARS} years.`),
  );

const URL_CHARACTERS = 2_048;

/** Parses to the normalized URL. */
export const webhookUrl = (targets: WebhookTargets) =>
  v.pipe(
    opaqueText(URL_CHARACTERS),
    v.metadata({ format: 'uri' }),
    v.description(
      'Receives the final results, see `poll.closed`. An https URL without credentials whose host has only public addresses.',
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
    'False: the poll is in no list, search or leaderboard. Whoever has its id or code uses it like any other.',
  ),
);

const settings = (targets: WebhookTargets) => ({
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
  listed: v.optional(listed, true),
  webhook_url: v.nullish(webhookUrl(targets), null),
});

/** Times parse to milliseconds since 1970. Cross-field checks run as soon as both fields are valid, so one
 * response lists every fault.
 * @param now milliseconds since 1970 */
export const newPollSchema = (now: number, targets: WebhookTargets) =>
  v.pipe(
    v.object(
      { question, options: optionTexts, expired_at: endAfter(now), ...settings(targets) },
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

const CHANGES = ['closed', 'expired_at', 'question', 'options', 'listed'];

/** An owner's changes. Times parse to milliseconds since 1970.
 * @param now milliseconds since 1970 */
export const pollChangesSchema = (now: number) =>
  v.pipe(
    v.object(
      {
        closed: v.optional(v.literal(true, 'must be true.')),
        expired_at: v.optional(endAfter(now)),
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
    v.forward(
      v.partialCheck(
        [['closed'], ['expired_at']],
        ({ closed, expired_at }) => closed === undefined || expired_at === undefined,
        'must not be given together with closed.',
      ),
      ['expired_at'],
    ),
    v.metadata({
      anyOf: CHANGES.map((field) => ({ required: [field] })),
      not: { required: ['closed', 'expired_at'] },
    }),
  );
