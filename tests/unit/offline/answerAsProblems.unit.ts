import { expect, test } from '@jest/globals';
import { lastResponse, problemWith } from '../../../lib/offline/emulator/answerAsProblems.ts';

test.each([
  [400, 'invalid_request'],
  [404, 'not_found'],
  [408, 'invalid_request'],
  [413, 'payload_too_large'],
  [415, 'unsupported_media_type'],
  [431, 'invalid_request'],
  [500, 'internal_error'],
])('the status %i is a problem with the code %s', (status, code) => {
  const { statusCode, headers, body = '' } = problemWith(status);
  expect([statusCode, headers['content-type'], headers['access-control-allow-origin']]).toEqual([
    status,
    'application/problem+json',
    '*',
  ]);
  expect(JSON.parse(body)).toEqual({
    type: `/openapi.json#/x-problems/${code}`,
    title: expect.not.stringMatching(/^Error$/),
    status,
    detail: expect.any(String),
    code,
  });
});

test.each([
  ['HPE_INVALID_METHOD', 'HTTP/1.1 400 Bad Request'],
  ['HPE_HEADER_OVERFLOW', 'HTTP/1.1 431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'HTTP/1.1 408 Request Timeout'],
])('a request that fails with %s ends its connection with %s', (code, line) => {
  const [head = '', body = ''] = lastResponse(code).split('\r\n\r\n');
  const lines = head.split('\r\n');
  expect(lines[0]).toBe(line);
  expect(lines).toEqual(
    expect.arrayContaining(['connection: close', `content-length: ${Buffer.byteLength(body)}`]),
  );
});
