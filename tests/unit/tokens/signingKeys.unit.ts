import { expect, test } from '@jest/globals';
import { signingKeys } from '../../../lib/config.ts';
import { ConfigError } from '../../../lib/errors.ts';

const SECRET = 's'.repeat(32);
const OTHER = 'o'.repeat(32);

function faultOf(text: string): string | undefined {
  try {
    signingKeys({ SIGNING_KEYS: text });
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

test('signing keys are read in their order', () => {
  expect(signingKeys({ SIGNING_KEYS: `k2:${SECRET},k1:${OTHER}` })).toEqual([
    { kid: 'k2', secret: SECRET },
    { kid: 'k1', secret: OTHER },
  ]);
});

test('signing keys are read from a secret that the stack made, before and after a rotation', () => {
  const first = { kid: 'k1', secret: SECRET };
  expect(signingKeys({ SIGNING_KEYS: JSON.stringify({ secret: SECRET }) })).toEqual([first]);
  const rotated = JSON.stringify({ secret: SECRET, keys: `k2:${OTHER},k1:${SECRET}` });
  expect(signingKeys({ SIGNING_KEYS: rotated })).toEqual([{ kid: 'k2', secret: OTHER }, first]);
});

test.each([
  ['{"secret":', 'SIGNING_KEYS begins with "{" but is not a JSON object.'],
  ['{}', 'SIGNING_KEYS must have at least 32 characters.'],
  [`k1:${SECRET}:more`, 'SIGNING_KEYS: the secret of "k1" must not contain a colon.'],
  [`k1:${SECRET}:`, 'SIGNING_KEYS: the secret of "k1" must not contain a colon.'],
  [`k1::${SECRET}`, 'SIGNING_KEYS: the secret of "k1" must not contain a colon.'],
  [
    `k2:${SECRET},k1:${OTHER},k2:${OTHER}`,
    'SIGNING_KEYS has two keys with the id "k2": one of them would never be used.',
  ],
  [
    `k1:${SECRET},k1:${SECRET}`,
    'SIGNING_KEYS has two keys with the id "k1": one of them would never be used.',
  ],
  [`k1:${SECRET}, k2:${OTHER}`, 'SIGNING_KEYS: a key id must be 1–8 characters of a–z and 0–9.'],
  [`k1:${SECRET},`, 'SIGNING_KEYS: a key id must be 1–8 characters of a–z and 0–9.'],
  [`k1:${SECRET},${OTHER}`, 'SIGNING_KEYS: a key id must be 1–8 characters of a–z and 0–9.'],
  ['k1:short', 'SIGNING_KEYS must have at least 32 characters.'],
])('SIGNING_KEYS=%s is rejected', (text, fault) => {
  expect(faultOf(text)).toBe(fault);
});
