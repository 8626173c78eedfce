import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  dropKey,
  keysIn,
  MAX_KEYS,
  nextStep,
  pendingKey,
  type Step,
  secretWith,
} from '../../../lib/operators/rotateKeys.ts';
import type { SigningKeys } from '../../../lib/signingKeys.ts';
import { isOwnerToken, ownerToken } from '../../../lib/tokens/ownerToken.ts';

const key = (kid: string) => ({ kid, secret: kid.repeat(32) });
const FIRST: SigningKeys = [key('k1')];
const POLL = '01890000-0000-7000-8000-000000000000';

function keysOf(step: Step): SigningKeys {
  if (step.did === 'refused') throw new Error(step.reason);
  return step.keys;
}

const kids = (step: Step) => keysOf(step).map(({ kid }) => kid);

describe('a rotation', () => {
  test('adds a key that only verifies, and lets it sign once it is deployed', () => {
    const added = nextStep(FIRST, true);
    expect(added.did).toBe('added');
    expect(kids(added)).toEqual(['k1', 'k2']);
    const promoted = nextStep(keysOf(added), true);
    expect(promoted.did).toBe('promoted');
    expect(kids(promoted)).toEqual(['k2', 'k1']);
    expect(kids(nextStep(keysOf(promoted), false))).toEqual(['k2', 'k3', 'k1']);
  });

  test('waits for the deployment of the key before it lets it sign', () => {
    expect(nextStep([key('k1'), key('k2')], false)).toEqual({
      did: 'refused',
      reason: expect.stringContaining('k2 is in the secret, but the functions do not know it yet'),
    });
  });

  test('makes secrets that differ and are long enough', () => {
    const secrets = [1, 2].map(() => keysOf(nextStep(FIRST, true))[1]?.secret ?? '');
    expect(new Set(secrets).size).toBe(2);
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
  });

  test('begins to number where ids had another form', () => {
    expect(kids(nextStep([key('main')], true))).toEqual(['main', 'k1']);
    expect(pendingKey([key('main'), key('older')])).toBeUndefined();
  });

  test('goes on past two digits', () => {
    expect(kids(nextStep([key('k9'), key('k8')], true))).toEqual(['k9', 'k10', 'k8']);
    expect(kids(nextStep([key('k9'), key('k10'), key('k8')], true))).toEqual(['k10', 'k9', 'k8']);
  });
});

test('functions of any two neighbouring deployments read each other’s tokens', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 * MAX_KEYS - 2 }), (steps) => {
      let keys = FIRST;
      for (let step = 0; step < steps; step++) {
        const next = keysOf(nextStep(keys, true));
        expect(isOwnerToken(keys, POLL, ownerToken(next, POLL))).toBe(true);
        expect(isOwnerToken(next, POLL, ownerToken(keys, POLL))).toBe(true);
        expect(isOwnerToken(next, POLL, ownerToken(FIRST, POLL))).toBe(true);
        keys = next;
      }
    }),
    { numRuns: 10 },
  );
});

test('the number of keys is limited; the oldest key can be dropped, the signing key cannot', () => {
  const [first, ...older] = Array.from({ length: MAX_KEYS }, (_, at) => key(`k${MAX_KEYS - at}`));
  const all: SigningKeys = [first ?? key('k1'), ...older];
  expect(nextStep(all, true)).toMatchObject({ did: 'refused', reason: expect.stringContaining('--drop k1') });
  expect(kids(dropKey(all, 'k1'))).not.toContain('k1');
  expect(dropKey(all, `k${MAX_KEYS}`).did).toBe('refused');
  expect(dropKey(all, 'k99').did).toBe('refused');
});

describe('a secret', () => {
  const made = JSON.stringify({ secret: 's'.repeat(64) });

  test('that the stack made holds one key, and keeps it where an earlier template reads it', () => {
    expect(keysIn(made)).toEqual([{ kid: 'k1', secret: 's'.repeat(64) }]);
    const rotated = secretWith(made, keysOf(nextStep(keysIn(made), true)));
    expect(JSON.parse(rotated).secret).toBe('s'.repeat(64));
    expect(keysIn(rotated).map(({ kid }) => kid)).toEqual(['k1', 'k2']);
  });

  test('that is a list stays one', () => {
    const list = `k1:${'s'.repeat(32)}`;
    expect(secretWith(list, keysIn(list))).toBe(list);
  });
});
