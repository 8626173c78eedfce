import { describe, expect, test } from '@jest/globals';
import { ifMatch, pollTag } from '../../../lib/http/pollTag.ts';
import { httpEvent } from '../../support/http/httpEvent.ts';

const POLL = '0190a5d8-c0de-7000-8000-00000000abcd';
const OTHER = '0190a5d8-c0de-7000-8000-00000000dcba';
const tag = pollTag(POLL, 7, '{"votes":1}');
const matches = (header: string, stateVersion = 7, pollId = POLL) =>
  ifMatch(httpEvent({ headers: { 'if-match': header } }), pollId)?.(stateVersion);

describe('the entity tag of a poll', () => {
  test('is strong, and differs by body, state and poll', () => {
    const others = [
      pollTag(POLL, 7, '{"votes":2}'),
      pollTag(POLL, 8, '{"votes":1}'),
      pollTag(OTHER, 7, '{"votes":1}'),
    ];
    expect(new Set([tag, ...others]).size).toBe(4);
    for (const one of [tag, ...others]) expect(one).toMatch(/^"[\w-]{38}"$/);
  });

  test('matches If-Match until the state of the poll changes, whatever votes were counted', () => {
    expect([matches(tag), matches(tag, 8)]).toEqual([true, false]);
    expect(matches(pollTag(POLL, 7, '{"votes":2}'))).toBe(true);
  });

  test('matches as one of a list, and as a proxy that compresses makes it weak', () => {
    expect(matches(`"a,b", "" ,${tag}`)).toBe(true);
    expect([matches(`W/${tag}`), matches(`W/${tag}`, 8)]).toEqual([true, false]);
    expect(matches(`W/"nonsense", W/${tag}`)).toBe(true);
  });

  test.each([
    '',
    '"',
    'nonsense',
    '"nonsense"',
    '""',
    '*, *',
    'W/"nonsense"',
    'W/""',
    tag.slice(1, -1),
    tag.slice(0, -1),
    `"x${tag.slice(1)}`,
    `"${tag.slice(-12)}`,
    pollTag(OTHER, 7, '{"votes":1}'),
  ])('does not match %s', (header) => {
    expect(matches(header)).toBe(false);
  });

  test('is not asked for without the header, or with an asterisk', () => {
    expect(ifMatch(httpEvent({}), POLL)).toBeUndefined();
    expect(matches('*')).toBeUndefined();
    expect(matches(' * ')).toBeUndefined();
  });
});
