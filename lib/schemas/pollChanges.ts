import * as v from 'valibot';
import { endAfter, optionTexts, question } from './pollFields.ts';

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
