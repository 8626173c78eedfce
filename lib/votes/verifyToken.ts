/** Loaded only where votes take a token, as a bundle of its own: so it returns what it finds, since its errors
 * would not be instances of the function's classes. */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { is } from 'valibot';
import type { TokenIssuer } from '../config.ts';
import { userIdSchema } from '../contract/castVoteRequest.ts';

export type Verdict =
  | { outcome: 'holds'; userId: string }
  | { outcome: 'refused'; why: string }
  /** Its issuer's keys are not to be had. */
  | { outcome: 'unknown'; cause: unknown };

/** Asymmetric ones alone: what can verify must not be able to sign. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const CLOCK_TOLERANCE_SECONDS = 5;

const KEYS = {
  // A vote waits for it, within its function's time-out of 10 s.
  timeoutDuration: 3_000,
  // A key id that is not known has them fetched anew, but not more often than this: anybody can make one up.
  cooldownDuration: 30_000,
  // New keys come by themselves, so this is how long one that its issuer took back is still believed; as long as
  // API Gateway's own check believes it.
  cacheMaxAge: 7_200_000,
};

/** As API Gateway has it: Amazon Cognito's access tokens name a client instead of an audience. */
function isFor(audiences: string[], { aud, client_id }: JWTPayload): boolean {
  return [aud ?? client_id].flat().some((one) => typeof one === 'string' && audiences.includes(one));
}

/** The public key of a token. What is amiss with the keys themselves comes as an error that is not jose's. */
function keyFinder(jwksUrl: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(jwksUrl), KEYS);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      const { JWKSNoMatchingKey, JWKSMultipleMatchingKeys } = errors;
      if (cause instanceof JWKSNoMatchingKey || cause instanceof JWKSMultipleMatchingKeys) throw cause;
      throw new Error(`${jwksUrl} gives no keys.`, { cause });
    }
  };
}

/** Checks tokens: signature, issuer, audience and times. */
export function tokenVerifier({ issuer, audiences, jwksUrl }: TokenIssuer) {
  const findKey = keyFinder(jwksUrl);
  const options = {
    issuer,
    algorithms: ALGORITHMS,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
  return async (token: string): Promise<Verdict> => {
    try {
      const { payload } = await jwtVerify(token, findKey, options);
      if (!isFor(audiences, payload)) return { outcome: 'refused', why: 'it is for another audience' };
      const { sub } = payload;
      if (!is(userIdSchema, sub)) return { outcome: 'refused', why: 'its "sub" is no user id' };
      return { outcome: 'holds', userId: sub };
    } catch (error) {
      if (error instanceof errors.JOSEError) return { outcome: 'refused', why: error.message };
      return { outcome: 'unknown', cause: error };
    }
  };
}
