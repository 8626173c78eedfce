import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import middy from '@middy/core';
import { ROUTES } from '../../../lib/contract/routes.ts';
import {
  BadTokenError,
  ContentCodingError,
  ERROR_CODES,
  ERRORS,
  type ErrorCode,
  type RefusalCode,
  RefusedError,
  UnavailableError,
} from '../../../lib/errors.ts';
import { cors } from '../../../lib/http/cors.ts';
import { problem, problemDetails } from '../../../lib/http/problemDetails.ts';
import type { HttpEvent, HttpResponse } from '../../../lib/http/respond.ts';
import { openApi, resolve } from '../../support/http/documents.ts';
import { context, httpEvent } from '../../support/http/httpEvent.ts';
import { captureLines } from '../../support/metrics/captureStdout.ts';

/** In messages of the type ERROR, and in no problem document. */
const WEBSOCKET_ONLY: ErrorCode[] = ['unknown_action', 'too_many_subscriptions'];

let logged: string[];

beforeEach(() => {
  logged = captureLines();
});
afterEach(() => {
  jest.restoreAllMocks();
});

async function answerTo(error: unknown): Promise<HttpResponse> {
  const failing = async (_: HttpEvent): Promise<HttpResponse> => {
    throw error;
  };
  return middy(failing).use(cors()).use(problemDetails())(httpEvent({}), context);
}

describe('an error', () => {
  test('becomes a problem document that any origin can read', async () => {
    const fields = [{ field: 'question', detail: 'is missing.' }];
    const response = await answerTo(new RefusedError('invalid_request', 'question: is missing.', fields));
    expect(response.statusCode).toBe(400);
    expect(response.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'access-control-allow-origin': '*',
    });
    expect(JSON.parse(response.body ?? '')).toEqual({
      type: '/openapi.json#/x-problems/invalid_request',
      title: 'Bad Request',
      status: 400,
      detail: 'question: is missing.',
      code: 'invalid_request',
      errors: fields,
    });
  });

  test('about a compressed body says what is accepted, and one about its type does not', async () => {
    const accepted = async (error: Error) => (await answerTo(error)).headers?.['accept-encoding'];
    expect(await accepted(new ContentCodingError())).toBe('identity');
    expect(await accepted(new RefusedError('unsupported_media_type'))).toBeUndefined();
  });

  test('names the authentication scheme, and whether a token was invalid', async () => {
    const challenge = async (error: Error) => (await answerTo(error)).headers?.['www-authenticate'];
    expect(await challenge(new RefusedError('unauthorized', 'No token.'))).toBe('Bearer');
    expect(await challenge(new BadTokenError('it has expired'))).toBe('Bearer error="invalid_token"');
    expect(await challenge(new RefusedError('forbidden', 'No.'))).toBeUndefined();
    expect(logged).toEqual([]);
  });

  test.each<[RefusalCode, number]>([
    ['invalid_request', 400],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['poll_not_found', 404],
    ['receipt_not_found', 404],
    ['poll_deleted', 404],
    ['method_not_allowed', 405],
    ['not_acceptable', 406],
    ['already_voted', 409],
    ['poll_closed', 409],
    ['poll_not_open', 409],
    ['poll_changed', 409],
    ['has_votes', 409],
    ['precondition_failed', 412],
    ['payload_too_large', 413],
    ['unsupported_media_type', 415],
    ['unknown_option', 422],
    ['too_many_choices', 422],
    ['empty_ballot', 422],
  ])('%s has status %i and no list of fields', async (code, status) => {
    const response = await answerTo(new RefusedError(code, 'Because.'));
    expect(response.statusCode).toBe(status);
    expect(JSON.parse(response.body ?? '')).toEqual({
      type: `/openapi.json#/x-problems/${code}`,
      title: expect.any(String),
      status,
      detail: 'Because.',
      code,
    });
  });

  test.each<[RefusalCode, string]>([
    ['precondition_failed', 'Precondition Failed'],
    ['payload_too_large', 'Content Too Large'],
    ['unknown_option', 'Unprocessable Content'],
  ])('%s has the title of RFC 9110: %s', async (code, title) => {
    expect(JSON.parse((await answerTo(new RefusedError(code))).body ?? '')).toMatchObject({ title });
  });

  test.each(ERROR_CODES.filter((code) => !WEBSOCKET_ONLY.includes(code)))(
    '%s has a type that leads to what the documents say of it',
    (code) => {
      const { type } = JSON.parse(problem(ERRORS[code].status, code, 'Because.').body ?? '');
      const { pathname, hash } = new URL(type, 'https://polls.example');
      expect(pathname).toBe('/openapi.json');
      expect(ROUTES).toContain(`GET ${pathname}`);
      expect(resolve(openApi, { $ref: hash })).toMatchObject({
        description: expect.stringContaining(ERRORS[code].detail),
      });
    },
  );

  test('that requires a token names its scheme', async () => {
    const response = await answerTo(new RefusedError('unauthorized', 'Who are you?'));
    expect(response.headers).toMatchObject({ 'www-authenticate': 'Bearer' });
  });

  test('that is temporary is a 503 with Retry-After and without internals', async () => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.7:5432');
    const response = await answerTo(new UnavailableError('Postgres is away.', { cause }));
    expect(response.statusCode).toBe(503);
    expect(response.headers?.['retry-after']).toMatch(/^\d+$/);
    expect(response.body).not.toMatch(/Postgres|10\.0\.0\.7/);
    expect(JSON.parse(response.body ?? '')).toMatchObject({ code: 'unavailable', status: 503 });
  });

  test('of a function that runs into its timeout is a 503 with Retry-After, and no stack in the log', async () => {
    const hanging = middy(() => new Promise<HttpResponse>(() => {})).use(problemDetails());
    const response = await hanging(httpEvent({}), { ...context, getRemainingTimeInMillis: () => 10 });
    expect(response).toMatchObject({ statusCode: 503, headers: { 'retry-after': expect.any(String) } });
    expect(logged.join()).not.toContain('stack');
  });

  test('that is unexpected is a 500 with details in the log only', async () => {
    const response = await answerTo(new TypeError('relation "votes" does not exist'));
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toMatch(/votes|TypeError|stack/);
    expect(logged.join()).toContain('relation \\"votes\\" does not exist');
  });
});
