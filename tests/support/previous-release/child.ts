/** Runs the functions of a bundle in a process of their own, whose variables are theirs alone. */
import type { Context } from 'aws-lambda';

export interface Invocation {
  id: number;
  name: string;
  event: unknown;
}

export type Outcome = { id: number; result: unknown } | { id: number; error: string };

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const context = { getRemainingTimeInMillis: () => 20_000 } as Context;
const functions: Record<string, Handler> = await import(process.argv[2] ?? '');

process.on('message', async ({ id, name, event }: Invocation) => {
  const answer = (outcome: Outcome) => process.send?.(outcome);
  try {
    answer({ id, result: (await functions[name]?.(event, context)) ?? null });
  } catch (error) {
    answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
process.send?.('ready');
