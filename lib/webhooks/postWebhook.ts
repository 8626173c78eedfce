import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { WebhookTargets } from '../config.ts';
import { publicLookup, type ResolveName, resolveName } from './publicLookup.ts';
import { targetFault } from './targetFault.ts';

/** What came of a request: the status of the answer, or why there is none. */
export type Posted = { status: number } | { fault: string };

/** Sends a JSON text to a URL. Never rejects. */
export type PostWebhook = (url: string, headers: Record<string, string>, body: string) => Promise<Posted>;

/** From looking up the name to the head of the answer. */
const LIMIT_MS = 10_000;

/**
 * Redirects are not followed, and nothing is read of an answer but its head. Each request has a connection of its
 * own: hardly any two of them go to the same place.
 *
 * @param targets beyond `public` no address is looked at
 */
export function createWebhookPoster(
  targets: WebhookTargets,
  { resolve = resolveName, limitMs = LIMIT_MS }: { resolve?: ResolveName; limitMs?: number } = {},
): PostWebhook {
  const lookup = targets === 'public' ? { lookup: publicLookup(resolve) } : {};

  return async (address, headers, body) => {
    const url = new URL(address);
    // It was looked at when the poll was made, which may have been under another configuration.
    const fault = targetFault(url, targets);
    if (fault) return { fault: `The URL ${fault}` };
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const signal = AbortSignal.timeout(limitMs);
    return new Promise((settle) => {
      const options = { method: 'POST', headers, agent: false, autoSelectFamily: true, signal, ...lookup };
      request(url, options)
        .on('response', (response) => {
          response.destroy();
          settle({ status: response.statusCode ?? 0 });
        })
        .on('error', ({ message }) => settle({ fault: signal.aborted ? 'No answer in time.' : message }))
        // Some ends, such as that of an upgrade which nobody asked for, are no error.
        .on('close', () => settle({ fault: 'The connection was closed.' }))
        .end(body);
    });
  };
}
