import { ERRORS, type ErrorCode } from '../errors.ts';

/** A Markdown list. */
export function describeCodes(codes: readonly ErrorCode[]): string {
  return codes.map((code) => `- \`${code}\`: ${ERRORS[code].detail}`).join('\n');
}
