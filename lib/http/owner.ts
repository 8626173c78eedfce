import type { SigningKeys } from '../config.ts';
import { readUuid } from '../domain/pollId.ts';
import { RefusedError } from '../errors.ts';
import type { Database } from '../sql/database.ts';
import { pollExists } from '../sql/findPoll.ts';
import { isOwnerToken } from '../tokens/ownerToken.ts';
import type { HttpEvent } from './respond.ts';

/** Lets only the owner of a poll pass.
 * @param pollId of a poll that exists: who asks for another is told so first
 * @throws {RefusedError} `unauthorized` without a bearer token, `forbidden` with a wrong one */
export function requireOwner(event: HttpEvent, keys: SigningKeys, pollId: string): void {
  const token = bearerToken(event);
  if (token === undefined) {
    throw new RefusedError(
      'unauthorized',
      "This takes the owner's token: Authorization: Bearer <admin_token>.",
    );
  }
  if (!isOwnerToken(keys, pollId, token)) {
    throw new RefusedError('forbidden', 'This is not the token of the owner of this poll.');
  }
}

/** The id of the poll in the path, once it is clear that its owner asks.
 * @throws {RefusedError} `poll_not_found`, then as `requireOwner` */
export async function ownedPollId(event: HttpEvent, database: Database, keys: SigningKeys): Promise<string> {
  const id = readUuid(event.pathParameters?.['id']);
  if (!id || !(await database.run((sql) => pollExists(sql, id)))) throw new RefusedError('poll_not_found');
  requireOwner(event, keys, id);
  return id;
}

const BEARER = /^Bearer +(\S.*)$/i;

/** The token of the request's `Authorization`; undefined if there is none, or of another scheme. */
export function bearerToken({ headers }: HttpEvent): string | undefined {
  return BEARER.exec(headers['authorization'] ?? '')?.[1];
}
