import { createHmac } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { tokenIssuer } from '../../../lib/config.ts';
import { BadTokenError, RefusedError, UnavailableError } from '../../../lib/errors.ts';
import { type IdentifyVoter, voterIdentifier } from '../../../lib/votes/identifyVoter.ts';
import { type Claims, createIssuer, type Issuer } from '../../support/http/issuer.ts';

const ISSUER = 'https://issuer.example';
const MINUTE_MS = 60_000;
const ours = { ES256: 'ES256', RS256: 'RS256', PS512: 'PS512', EdDSA: 'EdDSA' };

let issuer: Issuer;
let answer: () => Promise<Response>;
let fetched: string[];
let identify: IdentifyVoter;

beforeAll(async () => {
  issuer = await createIssuer(ISSUER, ...Object.values(ours));
});

beforeEach(() => {
  fetched = [];
  answer = async () => new Response(issuer.jwks());
  jest.spyOn(globalThis, 'fetch').mockImplementation((url) => {
    fetched.push(String(url));
    return answer();
  });
  identify = voterIdentifier(tokenIssuer(issuer.env)) ?? fail();
});
afterEach(() => {
  jest.restoreAllMocks();
});

function fail(): never {
  throw new Error('Votes take no token.');
}

const now = () => Math.floor(Date.now() / 1_000);

/** Sets the clock forward, for as long as the test lasts. */
function later(ms: number): void {
  const then = Date.now() + ms;
  jest.spyOn(Date, 'now').mockImplementation(() => then);
}

/** Why a token does not hold. */
async function refusal(token: string): Promise<string> {
  const error = await identify(token).catch((reason) => reason);
  if (error instanceof BadTokenError && error.code === 'unauthorized') return error.message;
  throw new Error(`Not refused: ${error}`);
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function claims(changes: Claims = {}): Claims {
  return { iss: ISSUER, aud: 'polls', sub: 'anna', exp: now() + 60, ...changes };
}

describe('the voter of a token', () => {
  test.each(Object.values(ours))('is its sub, signed with %s', async (alg) => {
    expect(await identify(await issuer.token({}, alg))).toBe('anna');
    const longest = '🗳'.repeat(200);
    expect(await identify(await issuer.token({ sub: longest, aud: ['other', 'polls'] }, alg))).toBe(longest);
  });

  test('is accepted a few seconds after its expiry, for clock differences', async () => {
    expect(await identify(await issuer.token({ exp: now() - 2, nbf: now() + 2 }))).toBe('anna');
  });

  test('can come from a token that names its client in place of an audience', async () => {
    expect(await identify(await issuer.token({ aud: undefined, client_id: 'polls' }))).toBe('anna');
    expect(await refusal(await issuer.token({ aud: 'other', client_id: 'polls' }))).toMatch(/audience/);
  });

  test('is required if there is no token', async () => {
    const error = await identify(undefined).catch((reason) => reason);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).not.toBeInstanceOf(BadTokenError);
    expect(error).toMatchObject({ code: 'unauthorized' });
  });

  test('is taken from the request if votes have user ids', () => {
    expect(voterIdentifier(tokenIssuer({}))).toBeUndefined();
  });
});

describe('a token is invalid', () => {
  test.each<[string, Claims, RegExp]>([
    ['of another issuer', { iss: `${ISSUER}/` }, /iss/],
    ['without an issuer', { iss: undefined }, /iss/],
    ['for another audience', { aud: 'other' }, /audience/],
    ['for nobody', { aud: undefined }, /audience/],
    ['that has expired', { exp: 1_000_000_000 }, /exp/],
    ['without an end', { exp: undefined }, /exp/],
    ['before its time', { nbf: 4_000_000_000 }, /nbf/],
    ['without a sub', { sub: undefined }, /sub/],
    ['with an empty sub', { sub: '' }, /sub/],
    ['with a sub of 201 characters', { sub: 'a'.repeat(201) }, /sub/],
    ['with a sub that is no text', { sub: 7 }, /sub/],
    ['with a sub that is not well-formed', { sub: 'a\ud800' }, /sub/],
  ])('%s', async (_, changes, why) => {
    expect(await refusal(await issuer.token(changes))).toMatch(why);
  });

  test('without a signature', async () => {
    expect(await refusal(`${part({ alg: 'none' })}.${part(claims())}.`)).toMatch(/alg/);
  });

  test('signed with the public key as a shared secret', async () => {
    const [key] = JSON.parse(issuer.jwks()).keys;
    const signed = `${part({ alg: 'HS256', kid: key.kid })}.${part(claims())}`;
    const mac = createHmac('sha256', JSON.stringify(key)).update(signed).digest('base64url');
    expect(await refusal(`${signed}.${mac}`)).toMatch(/alg/);
  });

  test('with another signature or a malformed one', async () => {
    const imposter = await createIssuer(ISSUER, 'ES256');
    const token = await issuer.token();
    expect(await refusal(await imposter.token())).toMatch(/signature/);
    const [header, , signature] = token.split('.');
    expect(await refusal(`${header}.${part(claims({ sub: 'ben' }))}.${signature}`)).toMatch(/signature/);
    for (const nonsense of ['', 'x', 'a.b.c', `${token}.`, token.slice(1)]) await refusal(nonsense);
  });
});

describe('the keys of the issuer', () => {
  test('are fetched once, from the URL below its name', async () => {
    const token = await issuer.token();
    expect(await Promise.all([identify(token), identify(token)])).toEqual(['anna', 'anna']);
    expect(await identify(await issuer.token({}, 'RS256'))).toBe('anna');
    expect(fetched).toEqual([`${ISSUER}/.well-known/jwks.json`]);
  });

  test('are fetched again for an unknown key id, but not for each such token', async () => {
    await identify(await issuer.token());
    await issuer.rotate();
    const [token, made] = [await issuer.token(), await createIssuer(ISSUER, 'ES256')];
    for (let times = 0; times < 20; times += 1) await made.rotate();
    expect(await refusal(token)).toMatch(/key/);
    expect(fetched).toHaveLength(1);
    later(MINUTE_MS);
    expect(await identify(token)).toBe('anna');
    for (let times = 0; times < 3; times += 1) expect(await refusal(await made.token())).toMatch(/key/);
    expect(fetched).toHaveLength(2);
  });

  test.each<[string, () => Promise<Response>]>([
    ['cannot be reached', () => Promise.reject(new TypeError('fetch failed'))],
    ['answers with an error', async () => new Response('', { status: 500 })],
    ['answers with a redirection', async () => new Response('', { status: 302 })],
    ['answers with no JSON', async () => new Response('<html>')],
    ['answers with no keys', async () => new Response('{}')],
  ])('are waited for if the issuer %s, and no token is rejected', async (_, fault) => {
    answer = fault;
    const token = await issuer.token();
    await expect(identify(token)).rejects.toThrow(UnavailableError);
    answer = async () => new Response(issuer.jwks());
    expect(await identify(token)).toBe('anna');
  });

  test('are valid for two hours while the issuer is unreachable', async () => {
    const token = await issuer.token({ exp: now() + 86_400 });
    await identify(token);
    answer = () => Promise.reject(new TypeError('fetch failed'));
    later(119 * MINUTE_MS);
    expect(await identify(token)).toBe('anna');
    later(2 * MINUTE_MS);
    await expect(identify(token)).rejects.toThrow(UnavailableError);
  });
});
