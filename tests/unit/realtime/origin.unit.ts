import { describe, expect, test } from '@jest/globals';
import { allowedOrigins } from '../../../lib/config.ts';
import { isAllowedOrigin } from '../../../lib/realtime/frames/handshake.ts';
import { loadableEnvironment } from '../../support/lambda/loadableEnvironment.ts';
import { loadHandler } from '../../support/lambda/loadHandler.ts';

const OURS = 'https://polls.example.com';
const THEIRS = 'https://evil.example.com';

describe('the origin of a connection', () => {
  test('can be any if none are listed', () => {
    expect(allowedOrigins({})).toBeUndefined();
    expect(isAllowedOrigin({ Origin: THEIRS }, allowedOrigins({ ALLOWED_ORIGINS: '*' }))).toBe(true);
  });

  test('must be in the list, whatever the case of the header’s name', () => {
    const allowed = allowedOrigins({ ALLOWED_ORIGINS: `https://a.example.com, ${OURS}` });
    for (const name of ['Origin', 'origin', 'ORIGIN']) {
      expect(isAllowedOrigin({ Host: 'x', [name]: OURS }, allowed)).toBe(true);
      expect(isAllowedOrigin({ Host: 'x', [name]: THEIRS }, allowed)).toBe(false);
    }
    expect(isAllowedOrigin({ Origin: 'null' }, allowed)).toBe(false);
    expect(isAllowedOrigin({ Origin: `${OURS}.evil.example.com` }, allowed)).toBe(false);
  });

  test('is not required for clients without Origin', () => {
    expect(isAllowedOrigin({ Host: 'x' }, [OURS])).toBe(true);
    expect(isAllowedOrigin(undefined, [OURS])).toBe(true);
  });
});

describe('$connect', () => {
  test('answers 403 to a page of another site', async () => {
    const env = { ...loadableEnvironment, ALLOWED_ORIGINS: OURS };
    const connect = await loadHandler<object>('websocket/connect', env);
    const event = { requestContext: { connectionId: 'c' }, headers: { Origin: THEIRS } };
    expect(await connect(event)).toEqual({ statusCode: 403 });
  });
});
