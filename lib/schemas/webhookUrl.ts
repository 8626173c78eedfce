import { description, metadata, pipe, rawTransform } from 'valibot';
import type { WebhookTargets } from '../config.ts';
import { targetFault } from '../webhooks/targetFault.ts';
import { opaqueText } from './text.ts';

const URL_CHARACTERS = 2_048;

/** Where a webhook is to go; comes out as a URL is written in full. */
export const webhookUrl = (targets: WebhookTargets) =>
  pipe(
    opaqueText(URL_CHARACTERS),
    metadata({ format: 'uri' }),
    description(
      'Is sent the final results, see `poll.closed`: an https URL without credentials, of a host with public addresses only.',
    ),
    rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
      const url = URL.parse(dataset.value);
      const fault = url ? targetFault(url, targets) : 'must be an https URL.';
      if (url && fault === undefined) return url.href;
      addIssue({ message: fault });
      return NEVER;
    }),
  );
