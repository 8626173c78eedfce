import type { SigningKeys } from '../config.ts';
import { RefusedError } from '../errors.ts';
import type { Database } from '../sql/database.ts';
import { findState } from '../sql/findPoll.ts';
import { findPollId } from '../sql/findPollId.ts';
import { isOwnerToken } from '../tokens/ownerToken.ts';
import type { HttpEvent } from './respond.ts';

/** Whether the request has the poll owner's token; without one the sender is an ordinary reader.
 * @param pollId of an existing poll
 * @throws {RefusedError} `forbidden` with a wrong token, so that the sender does not take public data for the
 * owner's */
export function isOwner(event: HttpEvent, keys: SigningKeys, pollId: string): boolean {
  const token = bearerToken(event);
  if (token === undefined) return false;
  if (isOwnerToken(keys, pollId, token)) return true;
  throw new RefusedError('forbidden', "This is not the poll owner's token.");
}

/** Requires the poll owner's token.
 * @param pollId of an existing poll; check that first, so that a missing poll is a 404
 * @throws {RefusedError} `unauthorized` without a bearer token, `forbidden` with a wrong one */
export function requireOwner(event: HttpEvent, keys: SigningKeys, pollId: string): void {
  if (isOwner(event, keys, pollId)) return;
  throw new RefusedError(
    'unauthorized',
    "The poll owner's token is required: Authorization: Bearer <admin_token>.",
  );
}

/** Returns the id of the poll in the path after checking the owner's token.
 * @throws {RefusedError} `poll_not_found`, then as `requireOwner` */
export async function ownedPollId(event: HttpEvent, database: Database, keys: SigningKeys): Promise<string> {
  const id = await findPollId(database, event.pathParameters?.['id']);
  const found = id && (await database.run((sql) => findState(sql, id)));
  if (!id || !found) throw new RefusedError('poll_not_found');
  requireOwner(event, keys, id);
  return id;
}

const BEARER = /^Bearer +(\S.*)$/i;

/** The bearer token of `Authorization`; undefined if missing or of another scheme. */
export function bearerToken({ headers }: HttpEvent): string | undefined {
  return BEARER.exec(headers['authorization'] ?? '')?.[1];
}
