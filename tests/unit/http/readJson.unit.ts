import { describe, expect, test } from '@jest/globals';
import { any } from 'valibot';
import { newPollSchema } from '../../../lib/contract/pollRequests.ts';
import { ContentCodingError, RefusedError } from '../../../lib/errors.ts';
import { readJson } from '../../../lib/http/readBody.ts';
import { httpEvent, type Request } from '../../support/http/httpEvent.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const MAX_BYTES = 64 * 1_024;

const read = (request: Request) => readJson(httpEvent({ headers: JSON_TYPE, ...request }), any());

function refusal(request: Request): string {
  try {
    read(request);
    return 'none';
  } catch (error) {
    if (error instanceof RefusedError) return error.code;
    throw error;
  }
}

describe('a body', () => {
  test.each([
    ...[
      'application/json',
      'Application/JSON',
      'application/json; charset=utf-8',
      'application/vnd.api+json',
    ],
  ])('of type %p is accepted', (type) => {
    expect(read({ headers: { 'content-type': type }, body: '{"a":"é"}' })).toEqual({ a: 'é' });
  });

  test.each([
    ...['text/plain', 'application/x-www-form-urlencoded', 'text/json', 'application/jsonp', 'json', ';'],
  ])('of type %p is rejected', (type) => {
    expect(refusal({ headers: { 'content-type': type }, body: '{}' })).toBe('unsupported_media_type');
  });

  test.each(['gzip', 'br', 'zstd', 'x', 'gzip, identity'])('with the coding %p is rejected', (coding) => {
    const headers = { ...JSON_TYPE, 'content-encoding': coding };
    expect(() => read({ headers, body: '{}' })).toThrow(ContentCodingError);
    expect(refusal({ headers, body: '{}' })).toBe('unsupported_media_type');
  });

  test.each(['', 'identity', ' Identity '])('with the coding %p is accepted', (coding) => {
    expect(read({ headers: { ...JSON_TYPE, 'content-encoding': coding }, body: '{}' })).toEqual({});
  });

  test('without a type is read as JSON', () => {
    for (const headers of [{}, { 'content-type': '' }, { 'content-type': ' ' }]) {
      expect(read({ headers, body: '{"a":"é"}' })).toEqual({ a: 'é' });
      expect(refusal({ headers, body: 'a=b' })).toBe('invalid_request');
    }
  });

  test('that is absent, empty or malformed is an invalid request', () => {
    expect(() => read({ headers: {} })).toThrow('The body is missing.');
    for (const body of ['', '{', 'undefined', "{'a':1}", '{"a":1}x', '\u0000']) {
      expect(refusal({ body })).toBe('invalid_request');
    }
  });

  test.each([
    ['null', 'null'],
    ['"x"', 'a string'],
    ['7', 'a number'],
    ['false', 'a boolean'],
    ['[{}]', 'an array'],
  ])('that is %s is told to be no object', (body, kind) => {
    const detail = `The body must be a JSON object, not ${kind}.`;
    expect(() => read({ body })).toThrow(detail);
  });

  test('in base64 is decoded', () => {
    const body = Buffer.from('{"a":"🗳"}').toString('base64');
    expect(read({ body, isBase64Encoded: true })).toEqual({ a: '🗳' });
  });

  test('that is not UTF-8 is an invalid request', () => {
    for (const bytes of [
      [0xff],
      [0xc3],
      [0xe2, 0x82],
      [0xed, 0xa0, 0x80],
      [0xc0, 0xaf],
      [0xf5, 0x80, 0x80, 0x80],
    ]) {
      const body = Buffer.from([...Buffer.from('{"a":"'), ...bytes, ...Buffer.from('"}')]).toString('base64');
      expect(() => read({ body, isBase64Encoded: true })).toThrow('The body must be JSON in UTF-8.');
    }
  });

  test('has at most 64 KB, counted in bytes', () => {
    const text = (bytes: number, character = 'a') => {
      const count = Math.floor((bytes - 8) / Buffer.byteLength(character));
      return `{"a":"${character.repeat(count)}"}`;
    };
    expect(refusal({ body: text(MAX_BYTES) })).toBe('none');
    expect(refusal({ body: text(MAX_BYTES + 1) })).toBe('payload_too_large');
    expect(refusal({ body: text(MAX_BYTES + 4, '🗳') })).toBe('payload_too_large');
    const body = Buffer.from(text(MAX_BYTES)).toString('base64');
    expect(refusal({ body, isBase64Encoded: true })).toBe('none');
  });

  test('that is too large is rejected as such, whatever its type', () => {
    expect(refusal({ headers: {}, body: 'a'.repeat(MAX_BYTES + 1) })).toBe('payload_too_large');
  });

  test('fits the largest poll of umlauts, in UTF-8 and as escapes', () => {
    const text = (length: number, at: number) => String.fromCodePoint(0xe4 + at) + 'ü'.repeat(length - 1);
    const options = Array.from({ length: 50 }, (_, at) => text(200, at));
    const expired_at = new Date(Date.now() + 3_600_000).toISOString();
    const body = JSON.stringify({ question: text(500, 0), options, expired_at, max_choices: 50 });
    const escaped = body.replace(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
    for (const sent of [body, escaped]) {
      const poll = readJson(
        httpEvent({ headers: JSON_TYPE, body: sent }),
        newPollSchema(Date.now(), 'public'),
      );
      expect(poll.options).toEqual(options);
    }
  });
});
