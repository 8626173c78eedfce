import { describe, expect, test } from '@jest/globals';
import { compileFilter } from '../../../lib/offline/event-source/filterPattern.ts';

const passes = (pattern: unknown, value: unknown) =>
  compileFilter([JSON.stringify(pattern)])?.(value === null ? null : Buffer.from(JSON.stringify(value)));

describe('a filter', () => {
  test.each([
    ['equals', { a: ['x', 'y'] }, { a: 'y' }, { a: 'z' }],
    ['and', { a: ['x'], b: [1] }, { a: 'x', b: 1 }, { a: 'x', b: 2 }],
    ['or over fields', { $or: [{ a: [1] }, { b: [1] }] }, { b: 1 }, { a: 2, b: 2 }],
    ['nested', { a: { b: ['x'] } }, { a: { b: 'x' } }, { a: 'x' }],
    ['null', { a: [null] }, { a: null }, {}],
    ['empty', { a: [''] }, { a: '' }, { a: ' ' }],
    ['any item of a list', { a: ['x'] }, { a: ['w', 'x'] }, { a: ['w'] }],
    ['equals ignoring case', { a: [{ 'equals-ignore-case': 'AB' }] }, { a: 'ab' }, { a: 'abc' }],
    ['prefix', { a: [{ prefix: 'AB' }] }, { a: 'AB1' }, { a: '1AB' }],
    ['suffix', { a: [{ suffix: 'AB' }] }, { a: '1AB' }, { a: 'AB1' }],
    ['anything but', { a: [{ 'anything-but': ['x'] }] }, { a: 'y' }, { a: 'x' }],
    ['anything but a prefix', { a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'y' }, { a: 'xy' }],
    ['numeric', { a: [{ numeric: ['>', 10, '<=', 20] }] }, { a: 20 }, { a: 10 }],
    ['exists', { a: [{ exists: true }] }, { a: null }, {}],
    ['does not exist', { a: [{ exists: false }] }, {}, { a: 1 }],
  ])('%s', (_name, value, matching, other) => {
    expect(passes({ value }, matching)).toBe(true);
    expect(passes({ value }, other)).toBe(false);
  });

  test('lets a record pass if any of several patterns matches', () => {
    const filter = compileFilter(['{"value":{"a":[1]}}', '{"value":{"b":[1]}}']);
    expect(
      [{ a: 1 }, { b: 1 }, { c: 1 }].map((value) => filter?.(Buffer.from(JSON.stringify(value)))),
    ).toEqual([true, true, false]);
  });

  test('drops values that are not JSON, and tombstones, with a JSON pattern', () => {
    const filter = compileFilter(['{"value":{"a":[1]}}']);
    expect(filter?.(Buffer.from('plain'))).toBe(false);
    expect(filter?.(null)).toBe(false);
  });

  test('matches text and drops JSON with a pattern for plain text', () => {
    const filter = compileFilter(['{"value":[{"prefix":"on"}]}']);
    expect(filter?.(Buffer.from('one'))).toBe(true);
    expect(filter?.(Buffer.from('{"on":1}'))).toBe(false);
  });

  test('does not exist without patterns', () => {
    expect(compileFilter([])).toBeNull();
  });

  test.each([
    ['another field than the value', '{"key":["a"]}'],
    ['a rule that nobody knows', '{"value":{"a":[{"cidr":"10.0.0.0/8"}]}}'],
    ['a comparison that nobody knows', '{"value":{"a":[{"numeric":["~",1]}]}}'],
  ])('rejects %s', (_name, pattern) => {
    expect(() => compileFilter([pattern])).toThrow('FilterCriteria');
  });
});
