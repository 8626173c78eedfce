/** The outcome of an invocation. `index` is the position of the first record to retry. */
export type Verdict =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'failedFrom'; readonly index: number; readonly reason: string };

const SUCCEEDED: Verdict = { kind: 'succeeded' };

/**
 * Reads a response under `ReportBatchItemFailures`. An empty response, `{}` and an empty list mean success. The retry
 * begins at the lowest reported offset. A malformed response, or one that names a record that was not in the event,
 * fails the whole batch.
 *
 * @param topicPartition the event's key for this partition, `topic-0`
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function readResponse(
  response: unknown,
  topicPartition: string,
  messages: readonly { readonly offset: string }[],
): Verdict {
  if (response === null || response === undefined || response === '') return SUCCEEDED;
  if (typeof response !== 'object') return failed('the response is not an object');
  const items = (response as { batchItemFailures?: unknown }).batchItemFailures;
  if (items === null || items === undefined) return SUCCEEDED;
  if (!Array.isArray(items)) return failed('batchItemFailures is not a list');
  let lowest = messages.length;
  for (const item of items) {
    const index = indexOf(item?.itemIdentifier, topicPartition, messages);
    if (index === -1)
      return failed(`the response names a record that was not in the event: ${JSON.stringify(item)}`);
    lowest = Math.min(lowest, index);
  }
  if (lowest === messages.length) return SUCCEEDED;
  return {
    kind: 'failedFrom',
    index: lowest,
    reason: `the response reports offset ${messages[lowest]?.offset}`,
  };
}

function failed(reason: string): Verdict {
  return { kind: 'failed', reason };
}

function indexOf(
  identifier: { partition?: unknown; offset?: unknown } | null | undefined,
  topicPartition: string,
  messages: readonly { readonly offset: string }[],
): number {
  if (identifier?.partition !== topicPartition || typeof identifier.offset !== 'number') return -1;
  const offset = String(identifier.offset);
  return messages.findIndex((message) => message.offset === offset);
}
