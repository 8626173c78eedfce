import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { SigningKeys } from '../../../lib/config.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { ownerToken } from '../../../lib/tokens/ownerToken.ts';
import { signWebhook, webhookSecretOf } from '../../../lib/webhooks/postWebhook.ts';

const POLL = '0190a5d8-c0de-7000-8000-00000000abcd';
const key = (kid: string) => ({ kid, secret: kid.repeat(32).slice(0, 32) });
const before: SigningKeys = [key('k1')];
const after: SigningKeys = [key('k2'), key('k1')];

const poll = (id: string, webhookUrl: string | null = 'https://example.com') =>
  ({ id, webhookUrl }) as NewPoll;
const secretOf = (keys: SigningKeys, id = POLL) => webhookSecretOf(keys, poll(id)).webhook_secret ?? '';

function signed(keys: SigningKeys, body: string, timestamp = Math.floor(Date.now() / 1_000)) {
  const id = 'msg_1_2';
  return {
    'webhook-id': id,
    'webhook-timestamp': `${timestamp}`,
    'webhook-signature': signWebhook(keys, POLL, { id, timestamp, body }),
  };
}

const BODY = JSON.stringify({ type: 'poll.closed', data: { question: 'Café? 🗳' } });

describe('a webhook signature', () => {
  test('is verified by the reference implementation with the secret of the poll', () => {
    expect(new Webhook(secretOf(before)).verify(BODY, signed(before, BODY))).toEqual(JSON.parse(BODY));
  });

  test('equals the one of the reference implementation', () => {
    const timestamp = 1_674_087_231;
    const reference = new Webhook(secretOf(before)).sign('msg_1_2', new Date(timestamp * 1_000), BODY);
    expect(signed(before, BODY, timestamp)['webhook-signature']).toBe(reference);
  });

  test.each([
    ['another body', secretOf(before), `${BODY} `, {}],
    [
      'another time',
      secretOf(before),
      BODY,
      { 'webhook-timestamp': `${Math.floor(Date.now() / 1_000) + 60}` },
    ],
    ['another id', secretOf(before), BODY, { 'webhook-id': 'msg_1_3' }],
    ['the secret of another poll', secretOf(before, POLL.replace('abcd', 'abce')), BODY, {}],
    ['the secret of another key', secretOf(after), BODY, {}],
  ])('is invalid for %s', (_, secret, body, changes) => {
    expect(() => new Webhook(secret).verify(body, { ...signed(before, BODY), ...changes })).toThrow(
      'No matching signature found',
    );
  });

  test('is valid with the secrets before and after a key rotation', () => {
    const headers = signed(after, BODY);
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
    for (const keys of [before, after]) {
      expect(new Webhook(secretOf(keys)).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    }
  });
});

describe('the webhook secret of a poll', () => {
  test('has 32 bytes, is always the same, and shares nothing with the owner token', () => {
    expect(secretOf(before)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(secretOf(before)).toBe(secretOf(before));
    const [, token = ''] = ownerToken(before, POLL).split('.');
    expect(secretOf(before)).not.toContain(Buffer.from(token, 'base64url').toString('base64'));
  });

  test('exists only if there is a webhook', () => {
    expect(webhookSecretOf(before, poll(POLL, null))).toEqual({});
  });
});
