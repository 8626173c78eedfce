import { randomBytes } from 'node:crypto';
import type { MSKRecordHeader } from 'aws-lambda';
import { findHeader } from './lambdaRecord.ts';

/** A WebSocket client that waits for the outcome of its vote. It is a header of the ballot's record; votes by
 * HTTP have none. */
export interface ReplyTo {
  connectionId: string;
  /** The client's correlation id for the answer. */
  requestId: string | undefined;
}

/** Hides waiters from readers of the topic, which keeps connection and choice together for days. */
export interface ReplySeal {
  close(bytes: Buffer): string;
  open(token: string): Buffer | undefined;
}

const HEADER = 'waiter';

/** The seal is deterministic: without a salt, all votes of a connection would be linkable across polls. */
const SALT_BYTES = 9;

export function replyToHeaders(
  seal: ReplySeal,
  { connectionId, requestId }: ReplyTo,
): Record<string, string> {
  const salt = randomBytes(SALT_BYTES).toString('base64');
  return { [HEADER]: seal.close(Buffer.from(JSON.stringify([salt, connectionId, requestId]))) };
}

/** @param headers as Lambda passes them
 * @returns undefined for an unreadable header too: the vote still counts */
export function readReplyTo(seal: ReplySeal, headers: MSKRecordHeader[] | undefined): ReplyTo | undefined {
  const token = findHeader(headers, HEADER);
  const bytes = token && seal.open(Buffer.from(token).toString());
  if (!bytes) return undefined;
  const [, connectionId, requestId]: [string, string, string | null] = JSON.parse(bytes.toString());
  return { connectionId, requestId: requestId ?? undefined };
}
