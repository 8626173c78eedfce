import { v7 } from 'uuid';
import type { NewPoll } from '../domain/poll.ts';
import type { CreatePollFields } from '../schemas/newPoll.ts';

/** Gives a requested poll its ids and its times.
 * @param now milliseconds since 1970; an opening before it means now */
export function planPoll(request: CreatePollFields, now: number): NewPoll {
  const { question, options, expired_at, opens_at } = request;
  return {
    id: v7(),
    question,
    options: options.map((text) => ({ id: v7(), text })),
    maxChoices: request.max_choices,
    allowChange: request.allow_change,
    resultsVisibility: request.results_visibility,
    createdAt: now,
    opensAt: opens_at === null ? null : Math.max(opens_at, now),
    expiredAt: expired_at,
    webhookUrl: request.webhook_url,
  };
}
