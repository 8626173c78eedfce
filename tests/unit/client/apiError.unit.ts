import { expect, test } from '@jest/globals';
import { ApiError, type ApiErrorCode } from '../../../lib/client/apiError.ts';

test.each<[number, ApiErrorCode, boolean]>([
  [0, 'network_error', true],
  [0, 'timeout', true],
  [0, 'connection_lost', true],
  // Over WebSocket, errors have no status.
  [0, 'unavailable', true],
  [0, 'too_many_requests', true],
  [0, 'already_voted', false],
  [429, 'too_many_requests', true],
  [429, 'invalid_response', true],
  [503, 'invalid_response', true],
  [200, 'invalid_response', false],
  [403, 'forbidden', false],
])('status %i with the code %s may succeed later: %s', (status, code, isRetryable) => {
  expect(new ApiError(status, code, '').retryable).toBe(isRetryable);
});
