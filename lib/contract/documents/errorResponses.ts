import { ERRORS, type ErrorCode } from '../../errors.ts';
import type { HeaderName } from './httpComponents.ts';
import { problemOf } from './samples.ts';

export function describeCodes(codes: readonly ErrorCode[]): string {
  return codes.map((code) => `- \`${code}\`: ${ERRORS[code].detail}`).join('\n');
}

const HEADERS_OF: Partial<Record<ErrorCode, HeaderName[]>> = {
  unauthorized: ['WWW-Authenticate'],
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

/** A problem response for codes that share a status, with an example of each. */
export function problemResponse(codes: ErrorCode[]) {
  const examples = codes.map((code) => [code, { summary: ERRORS[code].detail, value: problemOf(code) }]);
  return {
    description: describeCodes(codes),
    headers: headersNamed(codes.flatMap((code) => HEADERS_OF[code] ?? [])),
    content: {
      'application/problem+json': {
        schema: referTo('schemas', 'Problem'),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

const byStatus = (codes: ErrorCode[]) => [...Map.groupBy(codes, (code) => ERRORS[code].status)];

/** One response per status, for an operation. */
export function refusalResponses(codes: ErrorCode[]) {
  const responses = byStatus(codes).map(([status, same]) => [
    status,
    same.length === 1 ? referTo('responses', `${same[0]}`) : problemResponse(same),
  ]);
  return Object.fromEntries(responses);
}

/** A named response for each code that is alone with its status in an operation. */
export function refusalComponents(codesOfOperations: ErrorCode[][]) {
  const alone = codesOfOperations.flatMap((codes) =>
    byStatus(codes).flatMap(([, same]) => (same.length === 1 ? same : [])),
  );
  return Object.fromEntries(alone.map((code) => [code, problemResponse([code])]));
}

/** What each code means: the target of a problem's `type`. */
export const problemTypes = () =>
  Object.fromEntries(
    Object.entries(ERRORS).map(([code, { status, detail }]) => [code, { status, description: detail }]),
  );
