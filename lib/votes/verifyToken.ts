/** Loaded only where votes need a token, as a separate bundle. It returns verdicts, because its errors would
 * not be instances of the main bundle's classes. */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { is } from 'valibot';
import type { TokenIssuer } from '../config.ts';
import { userIdSchema } from '../contract/castVoteRequest.ts';

export type Verdict =
  | { outcome: 'holds'; userId: string }
  | { outcome: 'refused'; why: string }
  /** The issuer's keys are unavailable. */
  | { outcome: 'unknown'; cause: unknown };

/** Asymmetric algorithms only: a verifier must not be able to sign. */
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
  // A vote waits for this, within its function's timeout of 10 s.
  timeoutDuration: 3_000,
  // An unknown key id triggers a refetch, limited because anyone can invent key ids.
  cooldownDuration: 30_000,
  // New keys are fetched on demand, so this is how long a revoked key stays trusted, as in API Gateway.
  cacheMaxAge: 7_200_000,
};

/** Like API Gateway: Amazon Cognito's access tokens have a client id instead of an audience. */
function isFor(audiences: string[], { aud, client_id }: JWTPayload): boolean {
  return [aud ?? client_id].flat().some((one) => typeof one === 'string' && audiences.includes(one));
}

/** Finds a token's public key. Wraps failures of the key set, so that they differ from jose's errors. */
function keyFinder(jwksUrl: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(jwksUrl), KEYS);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      const { JWKSNoMatchingKey, JWKSMultipleMatchingKeys } = errors;
      if (cause instanceof JWKSNoMatchingKey || cause instanceof JWKSMultipleMatchingKeys) throw cause;
      throw new Error(`${jwksUrl} returns no keys.`, { cause });
    }
  };
}

/** Checks signature, issuer, audience and times. */
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
      if (!is(userIdSchema, sub)) return { outcome: 'refused', why: 'its "sub" is not a valid user id' };
      return { outcome: 'holds', userId: sub };
    } catch (error) {
      if (error instanceof errors.JOSEError) return { outcome: 'refused', why: error.message };
      return { outcome: 'unknown', cause: error };
    }
  };
}
