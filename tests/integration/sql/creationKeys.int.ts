import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { createPoll } from '../../../lib/polls/createPoll.ts';
import { connect } from '../../../lib/sql/client.ts';
import {
  insertCreationKey,
  isInForce,
  listCreationKeys,
  revokeCreationKey,
} from '../../../lib/sql/creationKeys.ts';
import { insertPoll } from '../../../lib/sql/creations.ts';
import { deletePoll } from '../../../lib/sql/deletePoll.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { aPoll } from '../../support/database/polls.ts';

const HOUR_MS = 3_600_000;
const MANY = 1_000;

onEachPostgres('a creation key', (database) => {
  const sql = () => database().sql;

  async function someKey(limits: { maxOpenPolls?: number; maxPerMinute?: number } = {}) {
    const [id, name] = [randomUUID(), randomUUID()];
    await insertCreationKey(sql(), { id, name, maxOpenPolls: MANY, maxPerMinute: MANY, ...limits });
    return { id, name };
  }

  const insert = (id: string, changes = {}) => insertPoll(sql(), aPoll(changes), undefined, id);

  /** As if the present minute of all keys had begun so long ago. */
  const age = (seconds: number) =>
    sql()`update creation_keys set minute_began = minute_began - ${`${seconds} s`}::interval`;

  const listed = async (name: string) => (await listCreationKeys(sql())).filter((one) => one.name === name);

  test('has a name that no other active key has', async () => {
    const limits = { maxOpenPolls: 2, maxPerMinute: 3 };
    const [first, second, name] = [randomUUID(), randomUUID(), randomUUID()];
    const tries = await Promise.all(
      Array.from({ length: 10 }, () => insertCreationKey(sql(), { id: randomUUID(), name, ...limits })),
    );
    expect(tries.filter(Boolean)).toHaveLength(1);
    expect(await insertCreationKey(sql(), { id: first, name, ...limits })).toBe(false);
    expect([await revokeCreationKey(sql(), name), await revokeCreationKey(sql(), name)]).toEqual([
      true,
      false,
    ]);
    expect(await insertCreationKey(sql(), { id: second, name, ...limits })).toBe(true);
    expect([await isInForce(sql(), first), await isInForce(sql(), second)]).toEqual([false, true]);
    await insert(second);
    expect(await listed(name)).toMatchObject([
      { revoked_at: expect.stringMatching(/^20.*Z$/), open_polls: 0 },
      { revoked_at: null, open_polls: 1, max_open_polls: 2, max_per_minute: 3 },
    ]);
  });

  test('creates as many polls a minute as it may, however many ask at once', async () => {
    const { id, name } = await someKey({ maxPerMinute: 5 });
    const own = connect({ ...database().config, poolSize: 20 });
    const results = await Promise.all(
      Array.from({ length: 40 }, () => insertPoll(own, aPoll(), undefined, id)),
    );
    await own.end();
    expect(results.filter((one) => one === 'inserted')).toHaveLength(5);
    expect(results.find((one) => one !== 'inserted')).toEqual({
      reason: 'per_minute',
      limit: 5,
      resetSeconds: expect.any(Number),
    });
    expect(await listed(name)).toMatchObject([{ open_polls: 5 }]);
    await age(50);
    const { resetSeconds } = (await insert(id)) as { resetSeconds: number };
    expect(resetSeconds).toBeGreaterThan(0);
    expect(resetSeconds).toBeLessThanOrEqual(10);
    await age(10);
    expect(await insert(id)).toBe('inserted');
    // A clock that was set back does not lock the key out.
    await age(-HOUR_MS);
    expect(await insert(id)).toBe('inserted');
  });

  test('has as many open polls as it may, however many are created at once', async () => {
    const { id, name } = await someKey({ maxOpenPolls: 5 });
    const own = connect({ ...database().config, poolSize: 20 });
    const results = await Promise.all(
      Array.from({ length: 40 }, () => insertPoll(own, aPoll(), undefined, id)),
    );
    await own.end();
    expect(results.filter((one) => one === 'inserted')).toHaveLength(5);
    expect(results.find((one) => one !== 'inserted')).toEqual({ reason: 'open_polls', limit: 5 });
    expect(await listed(name)).toMatchObject([{ open_polls: 5 }]);
  });

  test('counts polls until they have ended: scheduled ones too, and not by any schedule', async () => {
    const { id } = await someKey({ maxOpenPolls: 1 });
    const full = { reason: 'open_polls', limit: 1 };
    const [soon, past] = [Date.now() + HOUR_MS, Date.now() - HOUR_MS];
    expect(await insert(id, { createdAt: past, expiredAt: past + 1 })).toBe('inserted');
    const scheduled = aPoll({ opensAt: soon, expiredAt: soon + 1 });
    expect(await insertPoll(sql(), scheduled, undefined, id)).toBe('inserted');
    expect(await insert(id)).toEqual(full);
    await deletePoll(sql(), scheduled.id);
    const open = aPoll();
    expect(await insertPoll(sql(), open, undefined, id)).toBe('inserted');
    expect(await insert(id)).toEqual(full);
    await changePoll(sql(), open.id, { closed: true });
    expect(await insert(id)).toBe('inserted');
    expect(await insert(id)).toEqual(full);
    expect(await insert((await someKey()).id)).toBe('inserted');
    expect(await insertPoll(sql(), aPoll())).toBe('inserted');
  });

  test('that is revoked creates nothing, even if it was active a moment before', async () => {
    const { id, name } = await someKey();
    const creations = Array.from({ length: 30 }, async (_, at) => {
      if (at === 10) await revokeCreationKey(sql(), name);
      return insert(id);
    });
    await Promise.all(creations);
    const before = (await listed(name))[0]?.open_polls;
    expect(await insert(id)).toEqual({ reason: 'revoked' });
    expect(await insert(randomUUID())).toEqual({ reason: 'revoked' });
    expect((await listed(name))[0]?.open_polls).toBe(before);
  });

  test('does not pay for what is not created', async () => {
    const { id } = await someKey({ maxPerMinute: 2 });
    const poll = aPoll();
    const creation = { keyHash: randomBytes(32), requestHash: randomBytes(32) };
    expect(await insertPoll(sql(), poll, creation, id)).toBe('inserted');
    for (let tries = 0; tries < 5; tries += 1) {
      expect(await insertPoll(sql(), aPoll(), creation, id)).toBe('key_taken');
      expect(await insertPoll(sql(), aPoll({ code: poll.code }), undefined, id)).toBe('code_taken');
    }
    expect(await insert(id)).toBe('inserted');
    // A refusal does not take the idempotency key either.
    const free = { ...creation, keyHash: randomBytes(32) };
    expect(await insertPoll(sql(), aPoll(), free, id)).toMatchObject({ reason: 'per_minute' });
    await age(60);
    expect(await insertPoll(sql(), aPoll(), free, id)).toBe('inserted');
  });
});

onEachPostgres('creating with a key', (database) => {
  const body = { question: 'Tea?', options: ['Yes', 'No'], expires_in: 600 };
  const create = (keyId: string | undefined, key?: string) =>
    createPoll(database().sql, { body, key, targets: 'public', keyId }, Date.now());

  async function someKey(maxOpenPolls: number, maxPerMinute: number): Promise<string> {
    const id = randomUUID();
    await insertCreationKey(database().sql, { id, name: id, maxOpenPolls, maxPerMinute });
    return id;
  }

  test('answers a replay as before when the quota is used up, also while creations run at once', async () => {
    const [keyId, key] = [await someKey(1, 1), randomUUID()];
    const made = await Promise.all(Array.from({ length: 10 }, () => create(keyId, key)));
    expect(made).toEqual(made.map(() => made[0]));
    await expect(create(keyId)).rejects.toMatchObject({
      code: 'too_many_requests',
      quota: { name: 'creations by this key', limit: 1, windowSeconds: 60, remaining: 0 },
    });
    await expect(create(keyId, randomUUID())).rejects.toMatchObject({ code: 'too_many_requests' });
    expect(await create(keyId, key)).toEqual(made[0]);
  });

  test('says which limit a refusal is about', async () => {
    const keyId = await someKey(1, 9);
    await create(keyId);
    await expect(create(keyId)).rejects.toMatchObject({
      code: 'forbidden',
      message: 'This creation key has reached its limit of open polls, 1. Close or delete one first.',
    });
    await expect(create(randomUUID())).rejects.toMatchObject({
      code: 'forbidden',
      message: 'This creation key is revoked.',
    });
  });

  test('finds no poll that another key, or nobody’s, created under the same idempotency key', async () => {
    const key = randomUUID();
    const makers = [await someKey(9, 9), await someKey(9, 9), undefined];
    const made = await Promise.all(makers.map((maker) => create(maker, key)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(3);
    expect(await Promise.all(makers.map((maker) => create(maker, key)))).toEqual(made);
  });
});
