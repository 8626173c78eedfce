import type { ErrorCode, FieldError } from '../errors.ts';

/** What can go wrong before an answer of the API arrives. */
type LocalCode = 'network_error' | 'timeout' | 'invalid_response' | 'connection_lost';

export type ApiErrorCode = ErrorCode | LocalCode;

interface Details {
  /** Every invalid field of the request. */
  errors?: FieldError[] | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** A failed call. `status` is the HTTP status, or 0 without an answer. */
export class ApiError extends Error {
  declare readonly status: number;
  declare readonly code: ApiErrorCode;
  /** Whether the same call may succeed later. */
  declare readonly retryable: boolean;
  declare readonly errors: FieldError[];
  declare readonly retryAfter: number | undefined;

  constructor(
    status: number,
    code: ApiErrorCode,
    detail: string = code,
    { errors = [], ...more }: Details = {},
  ) {
    super(detail, more);
    Object.assign(this, {
      name: 'ApiError',
      status,
      code,
      // Proxies and API Gateway answer these statuses with bodies of their own.
      retryable: /^(429|50[234])|network|timeout|lost|unavail|many_requests/.test(status + code),
      errors,
      ...more,
    });
  }
}

export const connectionLost = () => new ApiError(0, 'connection_lost');
