import { createServer } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export type Claims = Record<string, unknown>;

/** An issuer of voters' tokens. */
export interface Issuer {
  /** The environment of a system that trusts it. */
  env: { VOTER_AUTH: string; JWT_ISSUER: string; JWT_AUDIENCE: string };
  /** The key set as it is served. */
  jwks(): string;
  /** A token that holds for an hour, with these claims instead; undefined leaves one out.
   * @param alg the first that it was made with, if not given */
  token(claims?: Claims, alg?: string): Promise<string>;
  /** Signs with new keys from now on, and serves them beside the old ones. */
  rotate(): Promise<void>;
}

const AUDIENCE = 'polls';
const HOUR_SECONDS = 3_600;

export async function createIssuer(issuer: string, ...algorithms: string[]): Promise<Issuer> {
  const published: JWK[] = [];
  const signing = new Map<string, { kid: string; key: CryptoKey }>();

  async function rotate(): Promise<void> {
    for (const alg of algorithms) {
      const { publicKey, privateKey } = await generateKeyPair(alg);
      const kid = `key ${published.length}`;
      published.push({ ...(await exportJWK(publicKey)), kid, use: 'sig', alg });
      signing.set(alg, { kid, key: privateKey });
    }
  }

  async function token(claims: Claims = {}, alg = algorithms[0] ?? ''): Promise<string> {
    const { kid, key } = signing.get(alg) ?? {};
    if (!kid || !key) throw new Error(`It has no key for ${alg}.`);
    const exp = Math.floor(Date.now() / 1_000) + HOUR_SECONDS;
    const usual = { iss: issuer, aud: AUDIENCE, sub: 'anna', exp };
    return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg, kid }).sign(key);
  }

  await rotate();
  const env = { VOTER_AUTH: 'jwt', JWT_ISSUER: issuer, JWT_AUDIENCE: AUDIENCE };
  return { env, jwks: () => JSON.stringify({ keys: published }), token, rotate };
}

/** An issuer that serves its keys over HTTP, except while it is `away`. */
export async function startIssuer(): Promise<Issuer & { away: boolean; stop(): Promise<void> }> {
  const server = createServer((_, response) => {
    response.statusCode = running.away ? 503 : 200;
    response.end(running.jwks());
  });
  await new Promise<void>((listening) => server.listen(0, 'localhost', listening));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const running = {
    ...(await createIssuer(`http://localhost:${port}`, 'ES256')),
    away: false,
    stop: () => new Promise<void>((stopped) => server.close(() => stopped())),
  };
  return running;
}
