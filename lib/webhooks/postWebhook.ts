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

/** The status of the response, or the reason for its absence. */
export type Posted = { status: number } | { fault: string };

/** Posts a JSON text to a URL. Never rejects. */
export type PostWebhook = (url: string, headers: Record<string, string>, body: string) => Promise<Posted>;

/** From the DNS lookup to the response's head. */
const LIMIT_MS = 10_000;

/** Creates a poster that follows no redirect and reads only the response's head. Every request opens its own
 * connection, since receivers rarely repeat.
 * @param targets addresses are only checked for `public` */
export function createWebhookPoster(
  targets: WebhookTargets,
  { resolve = resolveName, limitMs = LIMIT_MS }: { resolve?: ResolveName; limitMs?: number } = {},
): PostWebhook {
  const lookup = targets === 'public' ? { lookup: publicLookup(resolve) } : {};

  return async (address, headers, body) => {
    const url = new URL(address);
    // Checked at the poll's creation too, but the configuration may have changed.
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
        // An unrequested upgrade, for one, closes the connection without an 'error'.
        .on('close', () => settle({ fault: 'The connection was closed.' }))
        .end(body);
    });
  };
}

/** Derived from the poll's id, so nothing is stored.
 * @param pollId lower case, with dashes */
function secretOf(key: SigningKey, pollId: string): Buffer {
  return createHmac('sha256', deriveKey(key, 'webhook')).update(pollId).digest();
}

/** Returns the secret of a new poll's webhooks in Standard Webhooks' format, or nothing if the poll has none.
 * @param keys the first one derives it */
export function webhookSecretOf([key]: SigningKeys, poll: NewPoll): { webhook_secret?: string } {
  if (poll.webhookUrl === null) return {};
  return { webhook_secret: `whsec_${secretOf(key, poll.id).toString('base64')}` };
}

export interface SignedParts {
  /** Must not contain a full stop. */
  id: string;
  /** The time of this attempt, in seconds since 1970. */
  timestamp: number;
  body: string;
}

/** Signs with every key, since a poll's secret comes from the key that was first at its creation. */
export function signWebhook(keys: SigningKeys, pollId: string, { id, timestamp, body }: SignedParts): string {
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = keys.map((key) =>
    createHmac('sha256', secretOf(key, pollId)).update(signed).digest('base64'),
  );
  return signatures.map((signature) => `v1,${signature}`).join(' ');
}

/** Returns all addresses of a name. */
export type ResolveName = (name: string) => Promise<string[]>;

const DNS_LIMITS = { timeout: 2_000, tries: 2 };

/** Queries the name servers and no local file. `dns.lookup` would occupy one of Node's four threads, so four
 * names with silent servers would block all others. */
const resolveName: ResolveName = async (name) => {
  const resolver = new Resolver(DNS_LIMITS);
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
};

/** Creates the `lookup` option of a connection. The connection uses an address that was checked here, which
 * defeats DNS rebinding. A single non-public address rejects the name. */
export function publicLookup(resolve: ResolveName): LookupFunction {
  const find = async (name: string) => {
    const addresses = await resolve(name);
    if (addresses.length === 0) throw new TargetError(`${name} has no address.`);
    const forbidden = addresses.find((address) => !isPublicAddress(address));
    if (forbidden) throw new TargetError(`${name} resolves to ${forbidden}, which is not public.`);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
  return (name, _options, callback) => {
    find(name).then(
      (addresses) => callback(null, addresses),
      (error) => callback(error, []),
    );
  };
}
