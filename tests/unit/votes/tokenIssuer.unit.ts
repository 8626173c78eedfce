import { describe, expect, test } from '@jest/globals';
import { tokenIssuer } from '../../../lib/config.ts';
import { ConfigError } from '../../../lib/errors.ts';

const env = { VOTER_AUTH: 'jwt', JWT_ISSUER: 'https://issuer.example/', JWT_AUDIENCE: 'polls,app' };

describe('the issuer of voters’ tokens', () => {
  test('is undefined by default', () => {
    expect(tokenIssuer({})).toBeUndefined();
    expect(tokenIssuer({ ...env, VOTER_AUTH: 'open' })).toBeUndefined();
  });

  test('has its keys below its name, or at the configured URL', () => {
    const jwksUrl = 'https://issuer.example/.well-known/jwks.json';
    const issuer = { issuer: env.JWT_ISSUER, audiences: ['polls', 'app'], jwksUrl };
    expect(tokenIssuer(env)).toEqual(issuer);
    expect(tokenIssuer({ ...env, JWT_ISSUER: 'https://issuer.example' })?.jwksUrl).toBe(jwksUrl);
    const elsewhere = 'http://localhost:8080/certs';
    expect(tokenIssuer({ ...env, JWT_JWKS_URL: elsewhere })).toEqual({ ...issuer, jwksUrl: elsewhere });
  });

  test.each([
    ['VOTER_AUTH', 'maybe'],
    ['JWT_ISSUER', ''],
    ['JWT_AUDIENCE', ''],
    ['JWT_JWKS_URL', 'file:///keys'],
    ['JWT_JWKS_URL', 'keys'],
  ])('is rejected with %s as "%s", and the message names it', (name, value) => {
    const wrong = () => tokenIssuer({ ...env, [name]: value });
    expect(wrong).toThrow(ConfigError);
    expect(wrong).toThrow(name);
  });
});
