import type { TokenIssuer } from '../config.ts';
import { BadTokenError, RefusedError, UnavailableError } from '../errors.ts';

/** Who votes, as a token tells: its `sub`, which names a voter just as a `user_id` does.
 * @throws {RefusedError} `unauthorized` without a token
 * @throws {BadTokenError} for one that does not hold
 * @throws {UnavailableError} when the issuer's keys are not to be had */
export type IdentifyVoter = (token: string | undefined) => Promise<string>;

/** @returns undefined where a vote itself says whose it is */
export function voterIdentifier(issuer: TokenIssuer | undefined): IdentifyVoter | undefined {
  if (!issuer) return undefined;
  // At once: Lambda gives a function more of a processor while it starts than later.
  const verifier = import('./verifyToken.ts').then((module) => module.tokenVerifier(issuer));
  return async (token) => {
    if (token === undefined) throw new RefusedError('unauthorized', "Voting takes a voter's token.");
    const verify = await verifier;
    const verdict = await verify(token);
    switch (verdict.outcome) {
      case 'holds':
        return verdict.userId;
      case 'refused':
        throw new BadTokenError(verdict.why);
      case 'unknown':
        throw new UnavailableError("The issuer's keys are not to be had.", { cause: verdict.cause });
    }
  };
}
