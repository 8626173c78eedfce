import type { CreateAuth, SigningKeys } from '../config.ts';
import { RefusedError } from '../errors.ts';
import { isInForce } from '../sql/creationKeys.ts';
import type { Database } from '../sql/database.ts';
import { createCreationKeys } from '../tokens/creationKey.ts';
import { bearerToken } from './owner.ts';
import type { HttpEvent } from './respond.ts';

/** Returns a function that identifies the creation key of a request by its bearer token; undefined where everybody
 * may create polls, whatever they send. The function throws `RefusedError`: `unauthorized` without a token,
 * `forbidden` with a wrong one or that of a revoked key. */
export function creatorIdentifier(
  database: Database,
  auth: CreateAuth,
  keys: SigningKeys,
): (event: HttpEvent) => Promise<string | undefined> {
  if (auth === 'open') return async () => undefined;
  const creationKeys = createCreationKeys(keys);
  return async (event) => {
    const token = bearerToken(event);
    if (token === undefined) {
      throw new RefusedError(
        'unauthorized',
        'Creating polls requires a key: Authorization: Bearer <creation key>.',
      );
    }
    const keyId = creationKeys.read(token);
    if (keyId && (await database.run((sql) => isInForce(sql, keyId)))) return keyId;
    throw new RefusedError('forbidden', 'This creation key is wrong or revoked.');
  };
}
