import { expect, test } from '@jest/globals';
import { createAuth, creationsPerMinute, retainDays, votesPerMinute } from '../../lib/config.ts';
import { ConfigError } from '../../lib/errors.ts';
import { commandSigningKeys, creationKey } from '../../lib/localConfig.ts';

test('without variables, nothing is limited or deleted, and everybody creates polls', () => {
  expect([votesPerMinute({}), creationsPerMinute({}), createAuth({}), creationKey({})]).toEqual([
    ...[0, 0, 'open'],
    undefined,
  ]);
  expect(retainDays({})).toBe(0);
  expect(votesPerMinute({ VOTES_PER_MINUTE: '0' })).toBe(0);
  expect(votesPerMinute({ VOTES_PER_MINUTE: '600' })).toBe(600);
});

test.each([
  ['VOTES_PER_MINUTE', '-1', votesPerMinute],
  ['VOTES_PER_MINUTE', '1.5', votesPerMinute],
  ['CREATIONS_PER_MINUTE', 'many', creationsPerMinute],
  ['CREATE_AUTH', 'keys', createAuth],
  ['RETAIN_DAYS', '-1', retainDays],
])('%s=%s is refused by name', (name, value, read) => {
  expect(() => read({ [name]: value })).toThrow(ConfigError);
  expect(() => read({ [name]: value })).toThrow(`${name} must be `);
});

test('commands sign with the keys of the environment, else with those of npm start, but not for AWS', () => {
  const [here, local] = [`k7:${'s'.repeat(32)}`, { SIGNING_KEYS: `k8:${'s'.repeat(32)}` }];
  const kid = (...given: Parameters<typeof commandSigningKeys>) => commandSigningKeys(...given)[0].kid;
  expect(kid(local, { SIGNING_KEYS: here })).toBe('k7');
  expect(kid(local, { SIGNING_KEYS: '' })).toBe('k8');
  expect(kid(local, { SIGNING_KEYS: here, POSTGRES_AUTH: 'iam' })).toBe('k7');
  expect(() => kid(local, { POSTGRES_AUTH: 'iam' })).toThrow('SIGNING_KEYS is not set');
  expect(() => kid(undefined, {})).toThrow('SIGNING_KEYS is not set');
});
