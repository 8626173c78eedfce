import type { MSKRecordHeader } from 'aws-lambda';

/** A WebSocket client that waits to hear what became of its vote. Travels as a header of the ballot's record,
 * so a ballot by HTTP carries none of it. */
export interface Waiter {
  connectionId: string;
  /** What the client gave to know the answer by. */
  requestId: string | undefined;
}

const HEADER = 'waiter';

export function waiterHeaders(waiter: Waiter): Record<string, string> {
  return { [HEADER]: JSON.stringify([waiter.connectionId, waiter.requestId]) };
}

/** @param headers as Lambda hands them over. What cannot be read is nobody: the vote counts all the same. */
export function readWaiter(headers: MSKRecordHeader[] | undefined): Waiter | undefined {
  const bytes = headers?.find((header) => Object.hasOwn(header, HEADER))?.[HEADER];
  if (!bytes) return undefined;
  try {
    const [connectionId, requestId]: unknown[] = JSON.parse(Buffer.from(bytes).toString());
    if (typeof connectionId !== 'string') return undefined;
    return { connectionId, requestId: typeof requestId === 'string' ? requestId : undefined };
  } catch {
    return undefined;
  }
}
