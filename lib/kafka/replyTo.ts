import { randomBytes } from 'node:crypto';
import type { MSKRecordHeader } from 'aws-lambda';

/** A WebSocket client that waits to hear what became of its vote. Travels as a header of the ballot's record,
 * so a ballot by HTTP carries none of it. */
export interface ReplyTo {
  connectionId: string;
  /** What the client gave to know the answer by. */
  requestId: string | undefined;
}

/** Keeps waiters from those who read the topic: there a connection would stand beside a choice for days. */
export interface ReplySeal {
  close(bytes: Buffer): string;
  open(token: string): Buffer | undefined;
}

const HEADER = 'waiter';

/** A seal makes the same of the same: without some chance in it, the votes of a connection would show that they
 * belong together, in all polls. */
const CHANCE_BYTES = 9;

export function replyToHeaders(
  seal: ReplySeal,
  { connectionId, requestId }: ReplyTo,
): Record<string, string> {
  const chance = randomBytes(CHANCE_BYTES).toString('base64');
  return { [HEADER]: seal.close(Buffer.from(JSON.stringify([chance, connectionId, requestId]))) };
}

/** @param headers as Lambda hands them over. What cannot be read is nobody: the vote counts all the same. */
export function readReplyTo(seal: ReplySeal, headers: MSKRecordHeader[] | undefined): ReplyTo | undefined {
  const token = headers?.find((header) => Object.hasOwn(header, HEADER))?.[HEADER];
  const bytes = token && seal.open(Buffer.from(token).toString());
  if (!bytes) return undefined;
  const [, connectionId, requestId]: [string, string, string | null] = JSON.parse(bytes.toString());
  return { connectionId, requestId: requestId ?? undefined };
}
