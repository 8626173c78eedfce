import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPublicAddress, targetFault } from '../../../lib/contract/webhookTargets.ts';

/** First and last address that is not public, as numbers; written down once more, by hand. */
const SPECIAL: [string, string][] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
];

const toNumber = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toBytes = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255);
const toText = (number: number) => toBytes(number).join('.');
const ranges = SPECIAL.map((ends) => ends.map(toNumber) as [number, number]);
const isSpecial = (number: number) => ranges.some(([first, last]) => first <= number && number <= last);

const inSpecial = fc.oneof(...ranges.map(([min, max]) => fc.integer({ min, max })));
const edges = ranges.flatMap(([first, last]) => [first - 1, first, last, last + 1]);
const anyNumber = fc.oneof(
  inSpecial,
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(...edges.filter((number) => number >= 0 && number < 2 ** 32)),
);

const hex = (number: number) => number.toString(16);
const octal = (number: number) => `0${number.toString(8)}`;
const admits = (host: string) => targetFault(new URL(`https://${host}/`), 'public') === undefined;
const hextets = (number: number) => `${hex(number >>> 16)}:${hex(number & 0xffff)}`;

describe('an IPv4 address', () => {
  test('is public outside the special ranges, to their exact limits, and nowhere inside', () => {
    fc.assert(
      fc.property(anyNumber, (number) => {
        expect(isPublicAddress(toText(number))).toBe(!isSpecial(number));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the same in a URL however it is written', () => {
    const ways: ((number: number) => string)[] = [
      toText,
      String,
      (number) => `0x${hex(number)}`,
      (number) => `${octal(number)}`,
      (number) => toBytes(number).map(octal).join('.'),
      (number) => `${number >>> 24}.${number & 0xffffff}`,
      (number) => `${toText(number)}.`,
      (number) => toText(number).replace(/./g, (one) => (one === '.' ? '。' : one)),
    ];
    fc.assert(
      fc.property(anyNumber, fc.constantFrom(...ways), (number, written) => {
        expect(admits(written(number))).toBe(!isSpecial(number));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is treated alike through NAT64, and never public if it is mapped or by 6to4', () => {
    fc.assert(
      fc.property(anyNumber, (number) => {
        expect(isPublicAddress(`64:ff9b::${hextets(number)}`)).toBe(!isSpecial(number));
        expect(admits(`[64:ff9b::${toText(number)}]`)).toBe(!isSpecial(number));
        for (const address of [
          `::ffff:${toText(number)}`,
          `::${toText(number)}`,
          `2002:${hextets(number)}::1`,
        ]) {
          expect([address, isPublicAddress(address), admits(`[${address}]`)]).toEqual([
            address,
            false,
            false,
          ]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('an IPv6 address', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  const anyAddress = fc.tuple(group, group, group, group, group, group, group, group);

  test('is public in global unicast only', () => {
    fc.assert(
      fc.property(anyAddress, ([first, ...others]) => {
        fc.pre(first !== 0x2001 && first !== 0x2002 && first !== 0x3fff && first !== 0x64);
        const address = [first, ...others].map(hex).join(':');
        const isGlobal = first >= 0x2000 && first < 0x4000;
        expect([isPublicAddress(address), admits(`[${address}]`)]).toEqual([isGlobal, isGlobal]);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ...['::', '::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1', 'ff02::1'],
    ...['2001::1', '2001:1ff:ffff::1', '2001:db8::1', '2002:808:808::1', '3fff::1', '64:ff9b:1::808:808'],
    ...['100::1', '5f00::1', '::ffff:0:808:808', '4000::1', '', '1.2.3', 'localhost', '[2606:4700::1111]'],
  ])('is not public as %p', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['2606:4700::1111', '2001:4860:4860::8888', '2a00:1450:4001::', '2003::1', '3fff:1000::1'])(
    'is public as %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});
