import type { TokenIssuer } from '../config.ts';
import { BadTokenError, RefusedError, UnavailableError } from '../errors.ts';

/** Returns a token's `sub`, which identifies a voter like a `user_id`.
 * @throws {RefusedError} `unauthorized` without a token
 * @throws {BadTokenError} for an invalid one
 * @throws {UnavailableError} when the issuer's keys are unavailable */
export type IdentifyVoter = (token: string | undefined) => Promise<string>;

/** @returns undefined where votes carry a `user_id` */
export function voterIdentifier(issuer: TokenIssuer | undefined): IdentifyVoter | undefined {
  if (!issuer) return undefined;
  // Imported eagerly: Lambda gives a function more CPU during initialization.
  const verifier = import('./verifyToken.ts').then((module) => module.tokenVerifier(issuer));
  return async (token) => {
    if (token === undefined) throw new RefusedError('unauthorized', 'Voting requires a token.');
    const verify = await verifier;
    const verdict = await verify(token);
    switch (verdict.outcome) {
      case 'holds':
        return verdict.userId;
      case 'refused':
        throw new BadTokenError(verdict.why);
      case 'unknown':
        throw new UnavailableError("The token issuer's keys are unavailable.", { cause: verdict.cause });
    }
  };
}
