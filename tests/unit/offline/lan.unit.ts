import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { correction, generate } from 'lean-qr';
import { lanAddress, lanInvitation, terminalQr } from '../../../lib/offline/lan.ts';

const entry = (address: string, internal = false, family: 'IPv4' | 'IPv6' = 'IPv4') =>
  ({ address, internal, family, netmask: '', mac: '', cidr: null, scopeid: 0 }) as never;

describe('the address for phones', () => {
  test('is a private one, before others', () => {
    const interfaces = {
      lo: [entry('127.0.0.1', true)],
      eth0: [entry('203.0.113.9')],
      wifi: [entry('192.168.1.5')],
    };
    expect(lanAddress(interfaces)).toBe('192.168.1.5');
    expect(lanAddress({ eth0: [entry('203.0.113.9')] })).toBe('203.0.113.9');
    expect(
      lanAddress({ lo: [entry('127.0.0.1', true)], v6: [entry('fe80::1', false, 'IPv6')] }),
    ).toBeUndefined();
  });

  test('ends the start, below its QR code', () => {
    const lines = lanInvitation(3000, '192.168.1.5').split('\n');
    expect(lines.at(-1)).toBe('Open http://192.168.1.5:3000 (also from phones on this network)');
    expect(lines[0]).toContain('\x1b[30;107m');
    expect(lanInvitation(3000, '')).toContain('Open http://localhost:3000');
  });
});

test('a QR code for the terminal has each module of the code', () => {
  const text = 'HTTP://192.168.1.5:3000';
  const code = generate(text, { minCorrectionLevel: correction.M });
  const rows = terminalQr(text)
    .split('\n')
    .map((line) => [...stripVTControlCharacters(line)]);
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      const character = rows[Math.floor((y + 4) / 2)]?.[x + 4] ?? '';
      expect((y % 2 === 0 ? '▀█' : '▄█').includes(character)).toBe(code.get(x, y));
    }
  }
});
