import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { withoutBrackets } from '../addresses.ts';
import type { WebhookTargets } from '../config.ts';

/** Checks a webhook URL without resolving its host, whose address may change and is checked in each attempt.
 * URL parsing has already turned numeric hosts of any base into addresses.
 * @returns a detail that continues the field's name; undefined if the URL is allowed */
export function targetFault(url: URL, targets: WebhookTargets): string | undefined {
  if (!['https:', 'http:'].includes(url.protocol)) return 'must be an https URL.';
  if (url.username || url.password) return 'must not contain credentials.';
  if (targets === 'any') return undefined;
  if (url.protocol !== 'https:') return 'must be an https URL.';
  return isPublicHost(url.hostname) ? undefined : 'must have a public host.';
}

/** Top-level names that are not public: IANA's special-use domain names, ICANN's `internal`, and those that
 * RFC 6762 lists as used privately. `example` is allowed, because it resolves to nothing and documentation
 * uses it. `arpa` is infrastructure. */
const NOT_PUBLIC = new Set(
  'localhost local test invalid onion alt arpa internal intranet private corp home lan'.split(' '),
);

const MAX_NAME_CHARACTERS = 253;
const MAX_LABEL_CHARACTERS = 63;

function isPublicHost(hostname: string): boolean {
  const host = withoutBrackets(hostname);
  return isIP(host) ? isPublicAddress(host) : isPublicName(host);
}

/** Single-label names are completed by the local network, and resolvers disagree on empty labels. One
 * trailing dot is allowed. */
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

// IANA's special-purpose address registries: ranges that are not globally reachable or only map to other
// addresses. The few reachable anycast services among them receive no webhooks.
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

/** All IPv6 addresses in public use are global unicast. This excludes loopback, unique local, link-local,
 * multicast, IPv4-mapped and future ranges. */
const GLOBAL_IPV6: [string, number] = ['2000::', 3];
const SPECIAL_IPV6: [string, number][] = [
  ['2001::', 23], // Teredo and others
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4
  ['3fff::', 20],
];

/** NAT64, which a VPC may use, maps every IPv4 address into this range. */
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

/** True for a public address (IPv4, or IPv6 without brackets). */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  return isIPv6(address) && global.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
