import { UnavailableError } from './errors.ts';

/** What an error says, as one sentence. A connection that fails over several addresses has its reasons inside; one
 * that was given up, its cause. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const message = line.endsWith('.') ? line : `${line}.`;
  return error instanceof UnavailableError && error.cause ? `${message} ${messageOf(error.cause)}` : message;
}
