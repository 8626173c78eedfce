import type { SigningKeys } from '../config.ts';
import { RefusedError } from '../errors.ts';
import type { Database } from '../sql/database.ts';
import { pollExists } from '../sql/findPoll.ts';
import { findPollId } from '../sql/findPollId.ts';
import { isOwnerToken } from '../tokens/ownerToken.ts';
import type { HttpEvent } from './respond.ts';

/** Requires the poll owner's token.
 * @param pollId of an existing poll; check that first, so that a missing poll is a 404
 * @throws {RefusedError} `unauthorized` without a bearer token, `forbidden` with a wrong one */
export function requireOwner(event: HttpEvent, keys: SigningKeys, pollId: string): void {
  const token = bearerToken(event);
  if (token === undefined) {
    throw new RefusedError(
      'unauthorized',
      "The poll owner's token is required: Authorization: Bearer <admin_token>.",
    );
  }
  if (!isOwnerToken(keys, pollId, token)) {
    throw new RefusedError('forbidden', "This is not the poll owner's token.");
  }
}

/** Returns the id of the poll in the path after checking the owner's token.
 * @throws {RefusedError} `poll_not_found`, then as `requireOwner` */
export async function ownedPollId(event: HttpEvent, database: Database, keys: SigningKeys): Promise<string> {
  const id = await findPollId(database, event.pathParameters?.['id']);
  if (!id || !(await database.run((sql) => pollExists(sql, id)))) throw new RefusedError('poll_not_found');
  requireOwner(event, keys, id);
  return id;
}

const BEARER = /^Bearer +(\S.*)$/i;

/** The bearer token of `Authorization`; undefined if missing or of another scheme. */
export function bearerToken({ headers }: HttpEvent): string | undefined {
  return BEARER.exec(headers['authorization'] ?? '')?.[1];
}
