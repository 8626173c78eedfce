import type { SigningKeys } from '../config.ts';
import { dashed, hexOf } from '../domain/pollId.ts';
import { createSeal } from './seal.ts';

const ID_BYTES = 16;

export interface CreationKeys {
  /** What a client sends as its bearer token. */
  issue(keyId: string): string;
  /** Undefined unless this system issued exactly this token; the key may have been revoked since. */
  read(token: string): string | undefined;
}

/** Tokens that let clients create polls. They follow from the key's id, so that none is stored.
 * @param keys the first issues, all read */
export function createCreationKeys(keys: SigningKeys): CreationKeys {
  const seal = createSeal(keys, 'creation key', ID_BYTES);
  return {
    issue: (keyId) => seal.close(Buffer.from(hexOf(keyId), 'hex')),
    read(token) {
      const id = seal.open(token)?.toString('hex');
      return id === undefined ? undefined : dashed(id);
    },
  };
}
