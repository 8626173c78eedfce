import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import type { WebhookTargets } from '../config.ts';

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

// IANA's registries of special-purpose addresses: what is not globally reachable, and what only leads to something
// else. A few anycast services among them would be reachable; nobody has a receiver there.
const SPECIAL_IPV4: [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // the metadata of cloud providers too
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Global unicast is all that is handed out of IPv6. Outside are loopback, unique local and link-local addresses,
 * multicast, IPv4-mapped ones and whatever comes to be defined. */
const GLOBAL_IPV6: [string, number] = ['2000::', 3];
const SPECIAL_IPV6: [string, number][] = [
  ['2001::', 23], // Teredo and others
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4
  ['3fff::', 20],
];

/** With NAT64, which a VPC may have, every IPv4 address has another one in here. */
const NAT64_PREFIX = '64:ff9b::';
const NAT64_BITS = 96;

const special = new BlockList();
const global = new BlockList();
for (const [network, bits] of SPECIAL_IPV4) {
  special.addSubnet(network, bits, 'ipv4');
  special.addSubnet(NAT64_PREFIX + network, NAT64_BITS + bits, 'ipv6');
}
for (const [network, bits] of SPECIAL_IPV6) special.addSubnet(network, bits, 'ipv6');
global.addSubnet(...GLOBAL_IPV6, 'ipv6');
global.addSubnet(NAT64_PREFIX, NAT64_BITS, 'ipv6');

/** Whether this address (IPv4 in its usual form, or IPv6 without brackets) is somewhere in the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  return isIPv6(address) && global.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
