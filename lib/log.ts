import { wallClockMs } from './clock.ts';
import { isRetryable } from './errors.ts';
import { requestIds } from './invocation.ts';

type Level = 'info' | 'warn' | 'error';

let output: Pick<NodeJS.WritableStream, 'write'> = process.stdout;

/** Makes later lines of this process go elsewhere, so that stdout is left to a command's answer. */
export function logTo(stream: typeof output): void {
  output = stream;
}

/** Omits the stack of retryable errors: their cause is an outage elsewhere, not this code. */
function describe(error: unknown, hasStack = !isRetryable(error)): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  const code = 'code' in error ? error.code : undefined;
  const cause = error.cause === undefined ? undefined : describe(error.cause, hasStack);
  return { name, message, code, ...(hasStack ? { stack } : {}), cause };
}

function write(level: Level, message: string, fields: Record<string, unknown>): void {
  const { error, ...rest } = fields;
  const time = new Date(wallClockMs()).toISOString();
  const line = { time, level, message, ...requestIds(), ...rest };
  const text = JSON.stringify(error === undefined ? line : { ...line, error: describe(error) });
  output.write(`${text}\n`);
}

/** Writes one JSON object per line to stdout, as CloudWatch expects it. Not with `console.log`, which Lambda replaces: it
 * would put the object as a string into another one. Never log a voter's id, a key or a token. */
export const log = {
  info: (message: string, fields: Record<string, unknown> = {}) => write('info', message, fields),
  warn: (message: string, fields: Record<string, unknown> = {}) => write('warn', message, fields),
  error: (message: string, fields: Record<string, unknown> = {}) => write('error', message, fields),
};
