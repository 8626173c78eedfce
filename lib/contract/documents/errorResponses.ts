import { ERRORS, type ErrorCode } from '../../errors.ts';
import type { HeaderName } from './httpComponents.ts';

export function describeCodes(codes: readonly ErrorCode[]): string {
  return codes.map((code) => `- \`${code}\`: ${ERRORS[code].detail}`).join('\n');
}

const HEADERS_OF: Partial<Record<ErrorCode, HeaderName[]>> = {
  unauthorized: ['WWW-Authenticate'],
  method_not_allowed: ['Allow'],
  too_many_requests: ['Retry-After', 'RateLimit-Policy', 'RateLimit'],
  unavailable: ['Retry-After'],
};

export const referTo = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

/** Adds the headers that every response has. */
export const headersNamed = (names: HeaderName[]) =>
  Object.fromEntries(
    (['Access-Control-Allow-Origin', 'Cache-Control', ...names] as const).map((name) => [
      name,
      referTo('headers', name),
    ]),
  );

/** A problem response for codes that share a status. */
function problemResponse(status: number, codes: ErrorCode[]) {
  const narrowed = { properties: { status: { const: status }, code: { enum: codes } } };
  return {
    description: describeCodes(codes),
    headers: headersNamed(codes.flatMap((code) => HEADERS_OF[code] ?? [])),
    content: {
      'application/problem+json': { schema: { ...referTo('schemas', 'Problem'), ...narrowed } },
      // API Gateway's own limit has the same status.
      ...(status === 429 ? { 'application/json': { schema: referTo('schemas', 'Throttled') } } : {}),
    },
  };
}

/** One named response per code. */
export function refusalComponents(codes: Iterable<ErrorCode>) {
  return Object.fromEntries([...codes].map((code) => [code, problemResponse(ERRORS[code].status, [code])]));
}

/** One response per status, for an operation. */
export function refusalResponses(codes: ErrorCode[]) {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
  const responses = [...byStatus].map(([status, same]) => {
    const [only, ...others] = same;
    const isNamed = only !== undefined && others.length === 0;
    return [status, isNamed ? referTo('responses', only) : problemResponse(status, same)];
  });
  return Object.fromEntries(responses);
}
