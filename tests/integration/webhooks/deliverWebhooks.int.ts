import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { deadlineIn } from '../../../lib/clock.ts';
import { until } from '../../../lib/concurrency/deadline.ts';
import { kafkaConfig, signingKeys } from '../../../lib/config.ts';
import type { NewPoll, Poll } from '../../../lib/domain/poll.ts';
import type { WebhookAttempt, WebhookEvent } from '../../../lib/domain/webhookEvent.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { openProducer } from '../../../lib/kafka/openProducer.ts';
import type { Producer } from '../../../lib/kafka/producer.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import { webhookRecord } from '../../../lib/kafka/webhookRecord.ts';
import type { EventSource } from '../../../lib/offline/event-source/eventSource.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { createDatabase } from '../../../lib/sql/database.ts';
import { deletePoll } from '../../../lib/sql/deletePoll.ts';
import { warnOfExpiry } from '../../../lib/sql/expiry.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { takeDueAttempts } from '../../../lib/sql/webhookAttempts.ts';
import { createDelivery, sendDueAttempts } from '../../../lib/webhooks/attempts.ts';
import { createWebhookPoster, webhookSecretOf } from '../../../lib/webhooks/postWebhook.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { batchOf, makeFinal, someBallot, somePoll } from '../../support/database/polls.ts';
import { expectEventConforms } from '../../support/http/conforms.ts';
import {
  type Received,
  startWebhookReceiver,
  verified,
  type WebhookReceiver,
} from '../../support/http/webhookReceiver.ts';
import { callWithRecords } from '../../support/kafka/eventSource.ts';
import { environmentOn, loadHandler } from '../../support/lambda/loadHandler.ts';

const MINUTE_MS = 60_000;
const SOON_MS = 10_000;

let database: FreshDatabase;
let producer: Producer;
let receiver: WebhookReceiver;
let dead: WebhookReceiver;
let deliver: (event: MSKEvent) => Promise<unknown>;
let source: EventSource;

const brokers = (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');

beforeAll(async () => {
  database = await freshDatabase();
  const env = { ...environmentOn(database), WEBHOOK_TARGETS: 'any' };
  const kafka = kafkaConfig(env);
  await createTopics(kafka);
  producer = openProducer(kafka);
  deliver = await loadHandler<MSKEvent>('kafka/deliverWebhooks', env);
  source = callWithRecords(brokers, topics.webhooks, deliver, { batchSize: 50, maximumRetryAttempts: 3 });
});
beforeEach(async () => {
  [receiver, dead] = await Promise.all([startWebhookReceiver(), startWebhookReceiver()]);
  dead.behave(() => {});
});
afterEach(async () => {
  await Promise.all([receiver.stop(), dead.stop()]);
  await database.sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`;
});
afterAll(async () => {
  await source.stop();
  await producer.disconnect();
  await database.end();
});

/** An invocation with these tries in one batch. */
const deliverAtOnce = (tries: WebhookAttempt[], ...more: Partial<MSKRecord>[]) => {
  const values = tries.map((one) => ({ value: webhookRecord(one).value?.toString('base64') }));
  const records = [...more, ...values].map((record, offset) => ({ partition: 0, offset, ...record }));
  return deliver({ records: { 'webhooks-0': records } } as unknown as MSKEvent);
};

const endedPoll = (changes: Partial<NewPoll> = {}) =>
  somePoll(database.sql, { expiredAt: Date.now() - MINUTE_MS, webhookUrl: receiver.url, ...changes });

const send = () => sendDueAttempts(database.sql, producer, deadlineIn(MINUTE_MS));
const take = () => takeDueAttempts(database.sql, Date.now(), 100);
const read = (one: Received, poll: NewPoll) =>
  verified<WebhookEvent>(one, webhookSecretOf(signingKeys(), poll).webhook_secret);

async function stateOf({ id }: NewPoll) {
  const [row] = await database.sql<{ tries: number; due_at: Date | null }[]>`
    select tries, due_at from webhooks join polls using (poll_key) where poll_id = ${id}`;
  return row;
}

const untilTried = (poll: NewPoll, tries: number) =>
  until(async () => expect(await stateOf(poll)).toMatchObject({ tries }), SOON_MS);

/** As if the time until the next try were over. */
const makeDue = () =>
  database.sql`update webhooks set due_at = now() - interval '1 second' where due_at is not null`;

describe('final results', () => {
  test('are sent to the poll’s webhook, signed, as the public poll', async () => {
    const { sql } = database;
    const poll = await endedPoll({ resultsVisibility: 'after_close' });
    const inTime = (poll.expiredAt - 1) * 1_000;
    await tallyBallots(sql, batchOf([someBallot(poll, { acceptedAt: inTime })]));
    await makeFinal(sql);
    await send();
    const one = await receiver.nth(1);
    const event = read(one, poll);
    const visible: Poll | undefined = await findPoll(sql, poll.id, Date.now());
    expect(visible).toMatchObject({ status: 'closed', is_final: true, total_votes: 1 });
    expect(event).toEqual({ type: 'poll.closed', timestamp: expect.any(String), data: visible });
    expectEventConforms(event);
    expect(one).toMatchObject({
      method: 'POST',
      path: '/hook?of=poll',
      headers: { 'content-type': 'application/json', 'user-agent': 'PoleParty' },
    });
    await untilTried(poll, 1);
    expect(await stateOf(poll)).toEqual({ tries: 1, due_at: null });
  });

  test('are complete even if only voters can read them', async () => {
    const poll = await endedPoll({ resultsVisibility: 'after_vote' });
    await makeFinal(database.sql);
    await send();
    const { data } = read(await receiver.nth(1), poll);
    expect(data).toMatchObject({ is_final: true, total_votes: 0, version: expect.any(Number) });
  });

  test('are sent again with the same id and text until they are accepted', async () => {
    const poll = await endedPoll();
    await makeFinal(database.sql);
    receiver.behave(500, (response) => response.destroy(), 302, 200);
    for (const tries of [1, 2, 3, 4]) {
      await send();
      await untilTried(poll, tries);
      const pause = ((await stateOf(poll))?.due_at?.getTime() ?? 0) - Date.now();
      if (tries < 4) expect(pause).toBeGreaterThan(([1, 5, 30][tries - 1] ?? 0) * MINUTE_MS - SOON_MS);
      await makeDue();
    }
    expect(await stateOf(poll)).toEqual({ tries: 4, due_at: null });
    const ids = receiver.received.map(({ headers, body }) => `${headers['webhook-id']} ${body}`);
    expect([ids.length, new Set(ids).size]).toEqual([4, 1]);
    for (const one of receiver.received) read(one, poll);
  });

  test.each([
    ['the receiver wants no more', 410, 0],
    ['ten tries have failed', 503, 9],
  ])('are given up when %s', async (_, status, before) => {
    const poll = await endedPoll();
    await makeFinal(database.sql);
    await database.sql`update webhooks set tries = ${before}`;
    receiver.behave(status);
    await send();
    await untilTried(poll, before + 1);
    expect(await stateOf(poll)).toEqual({ tries: before + 1, due_at: null });
  });

  test('of a reopened poll are sent anew with another id', async () => {
    const { sql } = database;
    const poll = await endedPoll();
    await makeFinal(sql);
    await send();
    const first = await receiver.nth(1);
    await untilTried(poll, 1);
    await changePoll(sql, poll.id, { expired_at: Date.now() + MINUTE_MS });
    await tallyBallots(sql, batchOf([someBallot(poll)]));
    await changePoll(sql, poll.id, { closed: true });
    await makeFinal(sql);
    await send();
    const second = await receiver.nth(2);
    expect([first, second].map((one) => read(one, poll).data.total_votes)).toEqual([0, 1]);
    expect(second.headers['webhook-id']).not.toBe(first.headers['webhook-id']);
  });
});

/** An attempt that was made while Postgres was unavailable to record it. */
async function unrecordedAttempt() {
  const { sql } = database;
  const poll = await endedPoll();
  await makeFinal(sql);
  const tries = await take();
  receiver.behave((response) => {
    sql`alter table webhooks rename to webhooks_away`.then(() => response.writeHead(204).end());
  });
  await expect(deliverAtOnce(tries)).rejects.toMatchObject({
    message: 'The database schema is too old.',
    cause: { message: expect.stringContaining('"webhooks" does not exist') },
  });
  await sql`alter table webhooks_away rename to webhooks`;
  receiver.behave(204);
  return { poll, tries };
}

describe('an attempt', () => {
  test('is skipped if the poll was reopened or deleted, or if another attempt succeeded', async () => {
    const { sql } = database;
    const polls = [await endedPoll(), await endedPoll(), await endedPoll(), await endedPoll()];
    const [reopened, deleted, told, last] = polls as [NewPoll, NewPoll, NewPoll, NewPoll];
    await makeFinal(sql);
    const tries = await take();
    await deliverAtOnce(tries.filter(({ pollId }) => pollId === told.id));
    await changePoll(sql, reopened.id, { expired_at: Date.now() + MINUTE_MS });
    await deletePoll(sql, deleted.id);
    await deliverAtOnce([...tries, ...tries]);
    const sent = receiver.received.map((one) => JSON.parse(one.body).data.id);
    expect(sent).toEqual([told.id, last.id]);
  });

  test('at a dead receiver delays no other and counts as failed', async () => {
    const { sql } = database;
    const stuck = await endedPoll({ webhookUrl: dead.url });
    const nowhere = await endedPoll({ webhookUrl: 'http://127.0.0.1:1/' });
    const alive = await endedPoll();
    await makeFinal(sql);
    const tries = await take();
    const inOrder = [stuck, nowhere, alive].flatMap(({ id }) => tries.filter(({ pollId }) => pollId === id));
    const delivering = deliverAtOnce(inOrder);
    await Promise.all([dead.nth(1), receiver.nth(1)]);
    expect(await stateOf(stuck)).toMatchObject({ tries: 0 });
    await dead.stop();
    await delivering;
    expect(await stateOf(alive)).toEqual({ tries: 1, due_at: null });
    for (const failed of [stuck, nowhere]) {
      expect(await stateOf(failed)).toEqual({ tries: 1, due_at: expect.any(Date) });
    }
  });

  test('warns once of a deletion, when the results have been delivered', async () => {
    const { sql } = database;
    const poll = await endedPoll();
    await makeFinal(sql);
    expect(await warnOfExpiry(sql, 1, Date.now())).toBe(0);
    await deliverAtOnce(await take());
    expect(await warnOfExpiry(sql, 1, Date.now())).toBe(1);
    receiver.behave(500);
    await deliverAtOnce(await take());
    expect(await warnOfExpiry(sql, 1, Date.now())).toBe(0);
    receiver.behave(204);
    await makeDue();
    await deliverAtOnce(await take());
    expect(await stateOf(poll)).toEqual({ tries: 2, due_at: null });
    expect(await warnOfExpiry(sql, 1, Date.now())).toBe(0);
    const [closed, ...warnings] = receiver.received.map((one) => read(one, poll));
    expect(closed?.type).toBe('poll.closed');
    expect(warnings).toHaveLength(2);
    for (const event of warnings) {
      expectEventConforms(event);
      expect(event).toEqual({ ...warnings[0], type: 'poll.expiring', data: closed?.data });
    }
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([ids[0], `${ids[0]}_expiring`, `${ids[0]}_expiring`]);
  });

  test('is made even if other records of its batch are unreadable', async () => {
    const poll = await endedPoll();
    await makeFinal(database.sql);
    const base64 = (text: string) => ({ value: Buffer.from(text).toString('base64') });
    await deliverAtOnce(
      await take(),
      {},
      base64('what?'),
      base64('{"pollId":"7","version":1,"tries":0}'),
      base64('null'),
    );
    expect(read(await receiver.nth(1), poll).data.id).toBe(poll.id);
  });

  test('is repeated by another process, with the same id, if Postgres is unavailable when it is recorded', async () => {
    const { poll, tries } = await unrecordedAttempt();
    const another = createDatabase(database.config);
    const elsewhere = { database: another, keys: signingKeys(), post: createWebhookPoster('any') };
    await createDelivery(elsewhere)(tries);
    await another.run((client) => client.end());
    await deliverAtOnce(tries);
    expect(await stateOf(poll)).toEqual({ tries: 1, due_at: null });
    const [first, second, ...others] = receiver.received;
    expect(others).toEqual([]);
    expect(first?.headers['webhook-id']).toBe(second?.headers['webhook-id']);
  });

  test('is recorded when it comes again if Postgres was unavailable to record it', async () => {
    const { poll, tries } = await unrecordedAttempt();
    await deliverAtOnce(tries);
    expect(await stateOf(poll)).toEqual({ tries: 1, due_at: null });
    expect(receiver.received).toHaveLength(1);
  });

  test('is made once if recording it meets a deadlock', async () => {
    const { sql } = database;
    const poll = await endedPoll();
    await makeFinal(sql);
    const tries = await take();
    await sql`create sequence met`;
    await sql.unsafe(`
      create function meet() returns trigger language plpgsql as $$
      begin
        if nextval('met') = 1 then raise exception 'deadlock' using errcode = '40P01'; end if;
        return new;
      end $$`);
    await sql`create trigger meeting before update on webhooks for each row execute function meet()`;
    await deliverAtOnce(tries);
    await sql`drop trigger meeting on webhooks`;
    expect(await stateOf(poll)).toEqual({ tries: 1, due_at: null });
    expect(receiver.received).toHaveLength(1);
  });
});
