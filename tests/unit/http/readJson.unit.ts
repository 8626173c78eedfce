import { describe, expect, test } from '@jest/globals';
import { any } from 'valibot';
import { RefusedError } from '../../../lib/errors.ts';
import { readJson } from '../../../lib/http/readBody.ts';
import { httpEvent, type Request } from '../../support/httpEvent.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const MAX_BYTES = 16 * 1_024;

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
    ...['text/plain', 'application/x-www-form-urlencoded', 'text/json', 'application/jsonp', 'json', ''],
  ])('of type %p is rejected', (type) => {
    expect(refusal({ headers: { 'content-type': type }, body: '{}' })).toBe('unsupported_media_type');
  });

  test('without a type is rejected', () => {
    expect(refusal({ headers: {}, body: '{}' })).toBe('unsupported_media_type');
  });

  test('that is absent, empty or malformed is an invalid request', () => {
    expect(refusal({ headers: {} })).toBe('invalid_request');
    for (const body of ['', '{', 'undefined', "{'a':1}", '{"a":1}x', '\u0000']) {
      expect(refusal({ body })).toBe('invalid_request');
    }
  });

  test('in base64 is decoded', () => {
    const body = Buffer.from('{"a":"🗳"}').toString('base64');
    expect(read({ body, isBase64Encoded: true })).toEqual({ a: '🗳' });
  });

  test('that is not UTF-8 is an invalid request', () => {
    const body = Buffer.from([0x22, 0xff, 0xfe, 0x22]).toString('base64');
    expect(refusal({ body, isBase64Encoded: true })).toBe('invalid_request');
  });

  test('has at most 16 KB, counted in bytes', () => {
    const text = (bytes: number, character = 'a') => {
      const count = Math.floor((bytes - 2) / Buffer.byteLength(character));
      return `"${character.repeat(count)}"`;
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
});
