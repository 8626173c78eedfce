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

/** What no public name ends in: IANA's registry of special-use domain names, what ICANN keeps for private use
 * (`internal`), and what RFC 6762 lists as in such use. `example` is not among them: it leads nowhere, and
 * documentation may show it. `arpa` is for the network's own records. */
const NOT_PUBLIC = new Set(
  'localhost local test invalid onion alt arpa internal intranet private corp home lan'.split(' '),
);

const MAX_NAME_CHARACTERS = 253;
const MAX_LABEL_CHARACTERS = 63;

function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) ? isPublicAddress(host) : isPublicName(host);
}

/** A name of a single part is completed by whatever network asks; one with an empty part is no name, and each
 * resolver makes of it what it likes. One dot may stand at the end. */
function isPublicName(host: string): boolean {
  const name = host.replace(/\.$/, '');
  const labels = name.split('.');
  return (
    name.length <= MAX_NAME_CHARACTERS &&
    labels.length > 1 &&
    labels.every(({ length }) => length > 0 && length <= MAX_LABEL_CHARACTERS) &&
    !NOT_PUBLIC.has(labels.at(-1) ?? '')
  );
}
