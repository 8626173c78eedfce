import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodablePath,
  readableHost,
  removeHeader,
} from '../../../lib/offline/emulator/normalizeRequests.ts';

describe('a decodable path', () => {
  test.each([
    ['/polls/%zz', '/polls/%25zz'],
    ['/%', '/%25'],
    ['/polls/%E0%A4%A', '/polls/%25E0%25A4%2525A'],
    ['/polls/%C3%A9', '/polls/%C3%A9'],
  ])('%s becomes %s', (path, decodable) => {
    expect(decodablePath(path)).toBe(decodable);
  });

  test('results from any path', () => {
    fc.assert(fc.property(fc.string(), (path) => void decodeURIComponent(decodablePath(path))));
  });
});

describe('a host', () => {
  test.each([
    ['localhost:3000', 'localhost:3000'],
    ['[::1]:3000', '[::1]:3000'],
    ['a b', 'localhost'],
    ['a:port', 'localhost'],
    ['', 'localhost'],
  ])('%j becomes %s', (host, readable) => {
    expect(readableHost(host)).toBe(readable);
  });
});

test('a header is removed wherever it stands, in any case, and values that look like it stay', () => {
  const headers = ['X-A', '1', 'Host', 'x-a', 'x-a', '2', 'Accept', '*/*'];
  removeHeader(headers, 'x-a');
  expect(headers).toEqual(['Host', 'x-a', 'Accept', '*/*']);
});
