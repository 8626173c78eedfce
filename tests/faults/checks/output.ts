import type { Finding } from './finding.ts';

/** What the system never prints, whatever is away: a fault that it knows is a line without a stack, and is said once
 * and not with each of its thousands of repeats. */
const NEVER = /MaxListenersExceededWarning|Unhandled exception|UnhandledPromiseRejection|uncaughtException/;
/** Of a stack, on a line of its own or inside of JSON. */
const CALL = / {4}at \S/;
const MAX_SHOWN = 400;

/** Finds such lines. Those that differ in numbers alone are one finding; a stack is shown with the line before it. */
export function judgeOutput(lines: string[]): Finding[] {
  const found = lines.flatMap((line, at) => {
    if (NEVER.test(line)) return [line];
    const before = lines[at - 1] ?? '';
    return CALL.test(line) && !CALL.test(before)
      ? [line.startsWith(' ') ? `${before} ${line.trim()}` : line]
      : [];
  });
  return [...Map.groupBy(found, withoutNumbers).values()].map((same) => ({
    kind: 'wrong',
    said: `${same.length} × npm start prints: ${same[0]?.slice(0, MAX_SHOWN)}`,
  }));
}

/** Ids and times are numbers too. */
const withoutNumbers = (line: string) => line.replace(/[\da-f]*\d[\da-f]*/gi, '');
