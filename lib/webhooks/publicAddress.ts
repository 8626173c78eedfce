import { BlockList, isIPv4, isIPv6 } from 'node:net';

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
