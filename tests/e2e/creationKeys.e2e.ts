import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ownerToken } from '../../lib/tokens/ownerToken.ts';
import { api, type MadePoll, optionOf } from '../support/http/api.ts';
import { startIssuer } from '../support/http/issuer.ts';
import { launchBrowser } from '../support/page/browser.ts';
import { operate } from '../support/system/operate.ts';
import { type System, startSystem } from '../support/system/system.ts';

interface Problem {
  code: string;
  detail: string;
}

const POLL = { question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expires_in: 600 };

let issuer: Awaited<ReturnType<typeof startIssuer>>;
let system: System;
let client: ReturnType<typeof api>;
let env: Record<string, string>;

beforeAll(async () => {
  issuer = await startIssuer();
  system = await startSystem({ ...issuer.env, CREATE_AUTH: 'key' });
  client = api(system.httpUrl);
  const { postgres, kafka } = system.ports;
  env = { PORT: new URL(system.httpUrl).port, POSTGRES_PORT: `${postgres}`, KAFKA_PORT: `${kafka}` };
  env['DATA_FOLDER'] = system.dataFolder;
});
afterAll(async () => {
  await system?.stop();
  await issuer?.stop();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const create = (headers: Record<string, string>, body: unknown = POLL) =>
  client.send<MadePoll & Problem>('POST', '/polls', body, headers);

async function keys(...args: string[]) {
  const { exitCode, stdout, stderr } = await operate('keys', args, env);
  return { exitCode, stdout, stderr, json: args.includes('--json') ? JSON.parse(stdout) : undefined };
}

const makeKey = async (name: string, ...limits: string[]): Promise<string> =>
  (await keys('create', name, ...limits, '--json')).json.key;

describe('with CREATE_AUTH=key', () => {
  test('a poll is created with a key only: 401 without, 403 with another token, then the body is looked at', async () => {
    const key = await makeKey('first');
    const outcome = async (...request: Parameters<typeof create>) => {
      const { status, headers, body } = await create(...request);
      return [status, body.code, headers.get('www-authenticate')];
    };
    expect(await outcome({}, '{')).toEqual([401, 'unauthorized', 'Bearer']);
    expect(await outcome({ authorization: `Basic ${key}` })).toEqual([401, 'unauthorized', 'Bearer']);
    for (const wrong of [
      'nonsense',
      `${key}A`,
      await issuer.token(),
      ownerToken([{ kid: 'k1', secret: 's' }], ''),
    ])
      expect(await outcome(bearer(wrong), '{')).toEqual([403, 'forbidden', null]);
    expect(await outcome(bearer(key), {})).toEqual([400, 'invalid_request', null]);
    expect((await create(bearer(key))).status).toBe(201);
  });

  test('the start page says that it has no key', async () => {
    const browser = await launchBrowser(system.httpUrl);
    try {
      const { page } = await browser.open('/');
      await page.getByLabel('Question').fill(POLL.question);
      await page.getByRole('button', { name: 'Yes / No', exact: true }).click();
      await page.getByRole('button', { name: 'Start the poll' }).click();
      await page.locator('#problem').filter({ hasText: 'requires a key' }).waitFor();
      expect(await page.getByText('try again').count()).toBe(0);
    } finally {
      await browser.close();
    }
  });

  test('owners and voters use their own tokens as before', async () => {
    const key = await makeKey('second');
    const { body: poll } = await create(bearer(key));
    const vote = { option_id: optionOf(poll) };
    const refused = await client.vote<Problem>(poll.id, vote, bearer(key));
    expect([refused.status, refused.body.code]).toEqual([401, 'unauthorized']);
    const voter = { ...bearer(await issuer.token({ sub: 'ada' })), prefer: 'wait=10' };
    expect((await client.vote(poll.id, vote, voter)).status).toBe(200);
    const close = (token: string) =>
      client.send<Problem>('PATCH', `/polls/${poll.id}`, { closed: true }, bearer(token));
    expect((await close(key)).status).toBe(403);
    expect((await close(poll.admin_token)).status).toBe(200);
  });

  test('quotas are those of the key, and replays are answered as before', async () => {
    const [key, name] = [await makeKey('third', '--open-polls', '2', '--per-minute', '3'), randomUUID()];
    const named = { ...bearer(key), 'idempotency-key': name };
    const first = await create(named);
    const second = await create(bearer(key));
    expect([first.status, second.status]).toEqual([201, 201]);
    const full = await create(bearer(key));
    expect([full.status, full.body.code]).toEqual([403, 'forbidden']);
    expect(full.body.detail).toMatch(/limit of open polls, 2/);
    await client.send('DELETE', `/polls/${second.body.id}`, undefined, bearer(second.body.admin_token));
    expect((await create(bearer(key))).status).toBe(201);
    const fast = await create(bearer(key));
    expect([fast.status, fast.body.code]).toEqual([429, 'too_many_requests']);
    expect(fast.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(fast.headers.get('ratelimit-policy')).toBe('"creations by this key";q=3;w=60');
    expect((await create(named)).body).toEqual(first.body);
    expect((await create(bearer(await makeKey('fourth')))).status).toBe(201);
  });

  test('keys are listed without their tokens, and a revoked one creates nothing', async () => {
    const key = await makeKey('fifth', '--open-polls', '7');
    await create(bearer(key));
    const again = await keys('create', 'fifth');
    expect([again.exitCode, again.stdout]).toEqual([
      1,
      expect.stringContaining('An active key named fifth exists.'),
    ]);
    const listed = (await keys('list', '--json')).json.find((one: { name: string }) => one.name === 'fifth');
    expect(listed).toEqual({
      name: 'fifth',
      created_at: expect.stringMatching(/Z$/),
      revoked_at: null,
      open_polls: 1,
      max_open_polls: 7,
      max_per_minute: 10,
    });
    expect((await keys('list')).stdout).toMatch(
      /^fifth {2}active {2}created .*Z {2}1 of 7 open polls {2}10 a minute$/m,
    );
    expect(await keys('revoke', 'fifth')).toMatchObject({
      exitCode: 0,
      stdout: 'fifth is revoked. Its polls stay.\n',
    });
    expect(await keys('revoke', 'fifth')).toMatchObject({
      exitCode: 1,
      stdout: 'There is no active key named fifth.\n',
    });
    const refused = await create(bearer(key));
    expect([refused.status, refused.body.detail]).toEqual([403, 'This creation key is wrong or revoked.']);
    expect((await create(bearer(await makeKey('fifth')))).status).toBe(201);
  });

  test('the terminal creates polls with CREATION_KEY', async () => {
    const args = ['create', 'Where to?', 'Up', 'Down', '--json'];
    const refused = await operate('polls', args, env);
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/^Creating polls requires a key/),
    ]);
    const created = await operate('polls', args, { ...env, CREATION_KEY: await makeKey('sixth') });
    expect([created.exitCode, JSON.parse(created.stdout).code]).toEqual([
      0,
      expect.stringMatching(/^\w{6}$/),
    ]);
  });
});
