import { createHmac } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { SigningKey, SigningKeys, WebhookTargets } from '../config.ts';
import { isPublicAddress, targetFault } from '../contract/webhookTargets.ts';
import type { NewPoll } from '../domain/poll.ts';
import { TargetError } from '../errors.ts';
import { deriveKey } from '../tokens/seal.ts';

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

/** It follows from the poll's id, so nothing is stored.
 * @param pollId lower case, with dashes */
function secretOf(key: SigningKey, pollId: string): Buffer {
  return createHmac('sha256', deriveKey(key, 'webhook')).update(pollId).digest();
}

/** What the owner of a new poll is given to verify its webhooks, as Standard Webhooks writes it; nothing if there
 * will be none.
 * @param keys the first one makes it */
export function webhookSecretOf([key]: SigningKeys, poll: NewPoll): { webhook_secret?: string } {
  if (poll.webhookUrl === null) return {};
  return { webhook_secret: `whsec_${secretOf(key, poll.id).toString('base64')}` };
}

export interface SignedParts {
  /** Without a full stop. */
  id: string;
  /** Of this try, seconds since 1970. */
  timestamp: number;
  body: string;
}

/** A signature for each key, since a secret was made with the one that was the first at that time. */
export function signWebhook(keys: SigningKeys, pollId: string, { id, timestamp, body }: SignedParts): string {
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = keys.map((key) =>
    createHmac('sha256', secretOf(key, pollId)).update(signed).digest('base64'),
  );
  return signatures.map((signature) => `v1,${signature}`).join(' ');
}

/** All addresses of a name. */
export type ResolveName = (name: string) => Promise<string[]>;

const DNS_LIMITS = { timeout: 2_000, tries: 2 };

/** Asks the name servers, and no file of this machine. `dns.lookup` would take one of Node's four threads for it,
 * so that four names whose servers are silent hold up all others. */
export const resolveName: ResolveName = async (name) => {
  const resolver = new Resolver(DNS_LIMITS);
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
};

/** For `lookup` of a connection: it goes to one of the very addresses that were looked at, so that a name which
 * changes its mind in between gains nothing. One address that is not public is enough to be refused. */
export function publicLookup(resolve: ResolveName): LookupFunction {
  const find = async (name: string) => {
    const addresses = await resolve(name);
    if (addresses.length === 0) throw new TargetError(`${name} has no address.`);
    const forbidden = addresses.find((address) => !isPublicAddress(address));
    if (forbidden) throw new TargetError(`${name} leads to ${forbidden}, which is not public.`);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
  return (name, _options, callback) => {
    find(name).then(
      (addresses) => callback(null, addresses),
      (error) => callback(error, []),
    );
  };
}
