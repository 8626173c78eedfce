import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { monotonicMs } from '../../lib/clock.ts';
import type { NewPoll } from '../../lib/domain/poll.ts';
import { RefusedError, UnavailableError } from '../../lib/errors.ts';
import { type Budget, createPoll } from '../../lib/polls/createPoll.ts';
import { deleteOldCreations } from '../../lib/sql/creations.ts';
import { deletePoll } from '../../lib/sql/deletePoll.ts';
import { findPoll } from '../../lib/sql/findPoll.ts';
import { onEachPostgres } from '../support/database/eachPostgres.ts';

const NOW = Date.now();
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const tea = { question: 'Tea?', options: ['Yes', 'No'], expired_at: new Date(NOW + HOUR_MS).toISOString() };
/** The same, as another client might write it. */
const sameTea = {
  options: [' Yes', 'No '],
  max_choices: 1,
  expired_at: new Date(NOW + HOUR_MS).toISOString().replace('Z', '+00:00'),
  question: 'Tea?\n',
  opens_at: null,
  note: 'ignored',
};

onEachPostgres('the code of a new poll', (database) => {
  const create = (codes: string[], key?: string) =>
    createPoll(database().sql, { body: tea, key, targets: 'public' }, NOW, () => codes.shift() ?? 'ZZZZZZ');

  test('is drawn again while another poll has it, a limited number of times', async () => {
    const first = await create(['AAAAAA']);
    const [second, key] = [await create(['AAAAAA', 'AAAAAA', 'BBBBBB']), randomUUID()];
    expect([first.code, second.code]).toEqual(['AAAAAA', 'BBBBBB']);
    const named = await create(['BBBBBB', 'CCCCCC'], key);
    expect(named.code).toBe('CCCCCC');
    expect(await create([], key)).toEqual(named);
    expect(await findPoll(database().sql, named.id, NOW)).toMatchObject({ code: 'CCCCCC' });
    await expect(create(Array(99).fill('AAAAAA'), randomUUID())).rejects.toThrow(UnavailableError);
  });
});

onEachPostgres('the budget of a sender', (database) => {
  function purse(left: number) {
    const purse = {
      left,
      spend: () => {
        if (purse.left === 0) throw new RefusedError('too_many_requests');
        purse.left -= 1;
      },
      refund: () => {
        purse.left += 1;
      },
    };
    return purse;
  }

  const create = (budget: Budget, key?: string, body: unknown = tea, drawCode?: () => string) =>
    createPoll(database().sql, { body, key, targets: 'public', budget }, NOW, drawCode);

  test('pays for new polls only: a replay is free, also when nothing is left', async () => {
    const [budget, key] = [purse(2), randomUUID()];
    const first = await create(budget, key);
    expect([await create(budget, key), budget.left]).toEqual([first, 1]);
    await create(budget);
    await expect(create(budget)).rejects.toMatchObject({ code: 'too_many_requests' });
    expect(await create(budget, key)).toEqual(first);
    await expect(create(budget, key, { ...tea, question: 'Coffee?' })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  test('pays for one poll, however many replays run at once', async () => {
    const [budget, key] = [purse(20), randomUUID()];
    await Promise.all(Array.from({ length: 20 }, () => create(budget, key)));
    expect(budget.left).toBe(19);
  });

  test('pays for no poll that is refused or fails', async () => {
    const budget = purse(1);
    const taken = await create(purse(1));
    await expect(create(budget, undefined, {})).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(create(budget, undefined, tea, () => taken.code)).rejects.toThrow(UnavailableError);
    expect(budget.left).toBe(1);
  });
});

onEachPostgres('the creation of a poll with an Idempotency-Key', (database) => {
  const create = (body: unknown, name?: string, now = NOW): Promise<NewPoll> =>
    createPoll(database().sql, { body, key: name, targets: 'public' }, now);

  async function polls(): Promise<number> {
    const [row] = await database().sql<[{ count: number }]>`select count(*) as count from polls`;
    return row.count;
  }

  test('creates one poll, however many requests run at once', async () => {
    const before = await polls();
    const name = randomUUID();
    const made = await Promise.all(Array.from({ length: 20 }, () => create(tea, name)));
    expect(made).toEqual(made.map(() => made[0]));
    expect(await polls()).toBe(before + 1);
    expect(await findPoll(database().sql, made[0]?.id ?? '', NOW)).toMatchObject({ question: 'Tea?' });
  });

  test('gives the same answer for the same request, however it is formatted', async () => {
    const name = randomUUID();
    expect(await create(sameTea, name)).toEqual(await create(tea, name));
  });

  test('repeats the end that it computed from `expires_in`', async () => {
    const [name, { expired_at: _, ...question }] = [randomUUID(), tea];
    const minute = { ...question, expires_in: 60 };
    const first = await create(minute, name);
    expect(first.expiredAt).toBe(NOW + 60_000);
    expect(await create(minute, name, NOW + 2 * HOUR_MS)).toEqual(first);
    const other = create({ ...question, expires_in: 61 }, name);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    const opens_at = new Date(NOW + HOUR_MS).toISOString();
    expect((await create({ ...minute, opens_at })).expiredAt).toBe(NOW + HOUR_MS + 60_000);
    expect((await create({ ...minute, opens_at: '2020-01-01T00:00:00Z' })).expiredAt).toBe(NOW + 60_000);
  });

  test('is rejected for a different request, and still valid for the first', async () => {
    const name = randomUUID();
    const first = await create(tea, name);
    for (const change of [
      { question: 'Coffee?' },
      { options: ['No', 'Yes'] },
      { allow_change: true },
      { listed: false },
    ]) {
      const again = create({ ...tea, ...change }, name);
      await expect(again).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    }
    await expect(create({ ...tea, options: [] }, name)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await create(tea, name)).toEqual(first);
  });

  test('leaves the key unused if its request is rejected', async () => {
    const name = randomUUID();
    await expect(create({ ...tea, question: '' }, name)).rejects.toMatchObject({ code: 'invalid_request' });
    expect((await create(tea, name)).question).toBe('Tea?');
  });

  test('repeats its answer after the poll has ended or was deleted', async () => {
    const name = randomUUID();
    const first = await create(tea, name);
    expect(await create(tea, name, NOW + 2 * HOUR_MS)).toEqual(first);
    await deletePoll(database().sql, first.id);
    expect(await create(tea, name)).toEqual(first);
    expect(await findPoll(database().sql, first.id, NOW)).toBeUndefined();
  });

  describe('a key that is older than a day', () => {
    const later = NOW + DAY_MS;
    const laterTea = { ...tea, expired_at: new Date(later + HOUR_MS).toISOString() };

    test('creates one new poll, however many requests run at once', async () => {
      const name = randomUUID();
      const first = await create(laterTea, name);
      const made = await Promise.all(Array.from({ length: 5 }, () => create(laterTea, name, later)));
      const [second] = made;
      expect(made.map(({ id }) => id)).toEqual(made.map(() => second?.id));
      expect(second?.id).not.toBe(first.id);
    });

    test('is deleted', async () => {
      const { sql } = database();
      await create(laterTea, randomUUID(), later);
      await deleteOldCreations(sql, later, monotonicMs());
      const left = await sql<{ created_at: Date }[]>`select created_at from creations`;
      expect(left.length).toBeGreaterThan(0);
      expect(left.filter(({ created_at }) => created_at.getTime() <= NOW)).toEqual([]);
    });
  });

  test('without a key, each request creates a poll of its own', async () => {
    expect((await create(tea)).id).not.toBe((await create(tea)).id);
  });
});
