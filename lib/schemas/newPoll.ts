import * as v from 'valibot';
import { webhookTargets } from '../config.ts';
import { OPTIONS } from '../contract/limits.ts';
import { endAfter, optionTexts, question } from './pollFields.ts';
import { moment } from './time.ts';
import { webhookUrl } from './webhookUrl.ts';

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
