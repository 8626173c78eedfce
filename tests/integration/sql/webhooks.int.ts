import { beforeEach, describe, expect, test } from '@jest/globals';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import type { WebhookAttempt } from '../../../lib/domain/webhookEvent.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { deletePoll } from '../../../lib/sql/deletePoll.ts';
import { findPolls } from '../../../lib/sql/findPoll.ts';
import { findWantedAttempts, recordAttempts, takeDueAttempts } from '../../../lib/sql/webhookAttempts.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { makeFinal, somePoll } from '../../support/database/polls.ts';

const MINUTE_MS = 60_000;
const URL = 'https://hooks.example/';
const event = 'poll.closed';

onEachPostgres('the webhook of a poll', (database) => {
  beforeEach(
    () => database().sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`,
  );

  const take = (now = Date.now(), limit = 100) => takeDueAttempts(database().sql, now, limit);
  const wanted = (tries: WebhookAttempt[]) => findWantedAttempts(database().sql, tries);

  async function finalPoll(webhookUrl: string | null = URL): Promise<NewPoll> {
    const poll = await somePoll(database().sql, { expiredAt: Date.now() - MINUTE_MS, webhookUrl });
    await makeFinal(database().sql);
    return poll;
  }

  async function onlyTry(): Promise<WebhookAttempt> {
    const [one, ...others] = await take();
    expect(others).toEqual([]);
    if (!one) throw new Error('No try is due.');
    return one;
  }

  const reopen = ({ id }: NewPoll) => changePoll(database().sql, id, { expired_at: Date.now() + MINUTE_MS });
  const close = ({ id }: NewPoll) => changePoll(database().sql, id, { closed: true });

  test('is due once, when its results are final', async () => {
    const { sql } = database();
    const open = await somePoll(sql, { webhookUrl: URL });
    await finalPoll(null);
    const poll = await finalPoll();
    await makeFinal(sql);
    const one = await onlyTry();
    const [found] = await findPolls(sql, [poll.id], Date.now());
    expect(one).toEqual({ pollId: poll.id, version: found?.stateVersion, tries: 0 });
    expect(await wanted([one, one, { ...one, pollId: open.id }])).toEqual([
      { ...one, url: URL, finalizedAt: expect.any(Date), warnedAt: null, expiresAt: null },
    ]);
    expect(await take()).toEqual([]);
  });

  test('is given to one of several concurrent callers', async () => {
    const polls = await Promise.all(
      Array.from({ length: 20 }, () =>
        somePoll(database().sql, {
          expiredAt: Date.now() - MINUTE_MS,
          webhookUrl: URL,
        }),
      ),
    );
    await makeFinal(database().sql);
    const taken = (await Promise.all(Array.from({ length: 10 }, () => take(Date.now(), 3)))).flat();
    const rest = await take();
    const ids = [...taken, ...rest].map(({ pollId }) => pollId);
    expect(ids.sort()).toEqual(polls.map(({ id }) => id).sort());
  });

  test('is given out again if no outcome is recorded for five minutes', async () => {
    await finalPoll();
    const one = await onlyTry();
    expect(await take(Date.now() + 4 * MINUTE_MS)).toEqual([]);
    expect(await take(Date.now() + 6 * MINUTE_MS)).toEqual([one]);
  });

  test('is due at its recorded time for the next attempt', async () => {
    const { sql } = database();
    await finalPoll();
    const one = await onlyTry();
    const nextAt = Date.now() + 10 * MINUTE_MS;
    await recordAttempts(sql, [{ ...one, event, nextAt }]);
    // A record that comes twice finds it noted.
    await recordAttempts(sql, [{ ...one, event, nextAt: Date.now() }]);
    expect(await wanted([one])).toEqual([]);
    expect(await take(nextAt - 1_000)).toEqual([]);
    expect(await take(nextAt + 1_000)).toEqual([{ ...one, tries: 1 }]);
  });

  test('is never due again after it is recorded as finished', async () => {
    await finalPoll();
    const one = await onlyTry();
    await recordAttempts(database().sql, [{ ...one, event, nextAt: null }]);
    expect(await take(Date.now() + 1e12)).toEqual([]);
    expect(await wanted([one, { ...one, tries: 1 }])).toEqual([]);
  });

  describe('after the poll is reopened', () => {
    test('is cancelled, also during an attempt', async () => {
      const { sql } = database();
      const poll = await finalPoll();
      const one = await onlyTry();
      await reopen(poll);
      expect(await wanted([one])).toEqual([]);
      await recordAttempts(sql, [{ ...one, event, nextAt: Date.now() }]);
      expect(await take(Date.now() + 1e12)).toEqual([]);
    });

    test('is due again after it has closed, with another version and all of its attempts', async () => {
      const { sql } = database();
      const poll = await finalPoll();
      const first = await onlyTry();
      await recordAttempts(sql, [{ ...first, event, nextAt: Date.now() }]);
      await reopen(poll);
      await close(poll);
      await makeFinal(sql);
      const second = await onlyTry();
      expect(second).toMatchObject({ pollId: poll.id, tries: 0 });
      expect(second.version).toBeGreaterThan(first.version);
      await recordAttempts(sql, [{ ...first, event, nextAt: null }]);
      expect(await wanted([first, second])).toMatchObject([second]);
    });
  });

  test('stays due if only its question changes', async () => {
    const poll = await finalPoll();
    const one = await onlyTry();
    await changePoll(database().sql, poll.id, { question: 'And now?' });
    expect(await wanted([one])).toMatchObject([one]);
  });

  test('is deleted with the poll', async () => {
    const { sql } = database();
    const poll = await finalPoll();
    const one = await onlyTry();
    await deletePoll(sql, poll.id);
    expect(await wanted([one])).toEqual([]);
    await recordAttempts(sql, [{ ...one, event, nextAt: Date.now() }]);
    expect(await sql`select from webhooks`).toEqual([]);
  });
});
