import type { Invoke, Mapping } from './mapping.ts';
import type { MskEvent } from './mskEvent.ts';
import { reasonOf } from './reason.ts';

export type Attempt =
  | { readonly kind: 'returned'; readonly response: unknown }
  | { readonly kind: 'failed'; readonly reason: string };

/** Invokes the function once. An error or an exceeded timeout is a failure. */
export async function attempt(
  invoke: Invoke,
  mapping: Pick<Mapping, 'functionKey' | 'functionTimeoutMs'>,
  event: MskEvent,
): Promise<Attempt> {
  const controller = new AbortController();
  const returned = invokeSafely(invoke, mapping.functionKey, event, controller.signal);
  const timeoutMs = mapping.functionTimeoutMs;
  if (timeoutMs === null) return returned;
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<Attempt>((resolve) => {
    timer = setTimeout(() => {
      resolve({ kind: 'failed', reason: `it exceeded its timeout of ${timeoutMs / 1000} s` });
      controller.abort();
    }, timeoutMs);
  });
  const result = await Promise.race([returned, timedOut]);
  clearTimeout(timer);
  return result;
}

async function invokeSafely(
  invoke: Invoke,
  functionKey: string,
  event: MskEvent,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    return { kind: 'returned', response: await invoke(functionKey, event, signal) };
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) };
  }
}
