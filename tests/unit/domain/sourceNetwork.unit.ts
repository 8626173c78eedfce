import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sourceNetwork } from '../../../lib/domain/sourceNetwork.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
  ['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8:9'],
  ['zz::1', 'zz::1'],
  ['a:b', 'a:b'],
  ['', ''],
])('%s is of %s', (address, network) => {
  expect(sourceNetwork(address)).toBe(network);
});

const group = fc.integer({ min: 0, max: 0xffff });
const half = fc.tuple(group, group, group, group);
const text = (...groups: number[]) => groups.map((one) => one.toString(16)).join(':');
const padded = (...groups: number[]) =>
  groups.map((one) => one.toString(16).padStart(4, '0').toUpperCase()).join(':');

test('every spelling that a URL takes is read alike', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const shortest = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1);
      expect(sourceNetwork(address)).toBe(sourceNetwork(shortest ?? ''));
      expect(sourceNetwork(address)).toMatch(/^(?:[\da-f:]+::\/64|[\d.]+)$/);
    }),
  );
});

test('addresses are of one network if and only if their first 64 bits are equal, however they are written', () => {
  fc.assert(
    fc.property(half, half, half, half, (network, other, host, another) => {
      fc.pre(network.some((one) => one > 0) && `${network}` !== `${other}`);
      const known = sourceNetwork(text(...network, ...host));
      expect(sourceNetwork(padded(...network, ...another))).toBe(known);
      expect(sourceNetwork(text(...other, ...host))).not.toBe(known);
    }),
  );
});
