import type { Finding } from './finding.ts';

/** What the system never prints, whatever is away: a fault that it knows is a line without a stack, and is said once
 * and not with each of its thousands of repeats. */
const NEVER = /MaxListenersExceededWarning|Unhandled exception|UnhandledPromiseRejection|uncaughtException/;
/** Of a stack, on a line of its own or inside of JSON. */
const CALL = / {4}at \S/;
const MAX_SHOWN = 400;

/** Of lines about the same in one round. Most are there once or twice, for each function that says it; the most are the
 * 17 batches of garbage that are moved to the dead letters, a line each. What is said with each request, record or try is
 * there hundreds of times. */
const MOST_ALIKE = 50;

/** Finds such lines, and those that are repeated too often. Those that differ in numbers alone are one finding; a stack
 * is shown with the line before it.
 * @param lines of one round */
export function judgeOutput(lines: string[]): Finding[] {
  const found = lines.flatMap((line, at) => {
    if (NEVER.test(line)) return [line];
    const before = lines[at - 1] ?? '';
    return CALL.test(line) && !CALL.test(before)
      ? [line.startsWith(' ') ? `${before} ${line.trim()}` : line]
      : [];
  });
  const others = lines.filter((line) => line !== '' && !NEVER.test(line) && !CALL.test(line));
  const repeated = [...Map.groupBy(others, whatItSays).values()].filter(({ length }) => length > MOST_ALIKE);
  return [
    ...[...Map.groupBy(found, withoutNumbers).values()].map((same) => finding('prints', same)),
    ...repeated.map((same) => finding('repeats', same)),
  ];
}

function finding(does: string, same: string[]): Finding {
  return { kind: 'wrong', said: `${same.length} × npm start ${does}: ${same[0]?.slice(0, MAX_SHOWN)}` };
}

/** Ids and times are numbers too. */
const withoutNumbers = (line: string) => line.replace(/[\da-f]*\d[\da-f]*/gi, '');

/** Of a line of the log, the message: one about many polls has as many numbers. */
function whatItSays(line: string): string {
  const message = line.startsWith('{"time":') ? /"message":"(.*?)(?<!\\)"/.exec(line)?.[1] : undefined;
  return withoutNumbers(message ?? line);
}
