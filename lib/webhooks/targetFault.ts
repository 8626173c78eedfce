import { isIP } from 'node:net';
import type { WebhookTargets } from '../config.ts';
import { isPublicAddress } from './publicAddress.ts';

/** Why no webhook may go to this URL, as far as it tells by itself: where its name leads is looked at in each try,
 * since that may change. Numbers for a host, in whatever base, are an address by now: URLs are parsed so.
 * @returns a sentence that goes on from the name of the field; undefined if there is nothing against it */
export function targetFault(url: URL, targets: WebhookTargets): string | undefined {
  if (!['https:', 'http:'].includes(url.protocol)) return 'must be an https URL.';
  if (url.username || url.password) return 'must not hold credentials.';
  if (targets === 'any') return undefined;
  if (url.protocol !== 'https:') return 'must be an https URL.';
  return isPublicHost(url.hostname) ? undefined : 'must lead to a public address.';
}

function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, '');
  if (isIP(host)) return isPublicAddress(host);
  return host !== 'localhost' && !host.endsWith('.localhost');
}
