import { afterEach, expect, jest, test } from '@jest/globals';
import { deadlineIn } from '../../../lib/clock.ts';
import type { DirectMessage } from '../../../lib/kafka/standingsRecord.ts';
import { createDirectDelivery } from '../../../lib/realtime/deliverDirect.ts';
import type { FanOut, Missed } from '../../../lib/realtime/post/fanOut.ts';
import type { Database } from '../../../lib/sql/database.ts';
import { captureLines } from '../../support/metrics/captureStdout.ts';
import { passTime } from '../../support/passTime.ts';

const HOUR_MS = 3_600_000;
const SHARD = 1;

afterEach(() => void jest.restoreAllMocks());

const unused: Database = {
  run: () => Promise.reject(new Error('Nobody is gone.')),
};

const word = (connectionId: string, request_id: string): DirectMessage => ({
  connectionId,
  message: { type: 'PONG', request_id },
});

test('messages that a round has no time for have their turn in later rounds, however many that takes', async () => {
  const reached: string[] = [];
  const oneAtATime: FanOut = async (deliveries) => {
    for await (const { payload } of deliveries) {
      reached.push(JSON.parse(payload.toString()).request_id);
      passTime(HOUR_MS);
    }
    return { delivered: 1, gone: [], missed: [], retries: 0 };
  };
  const deliver = createDirectDelivery(unused);
  const round = (...messages: DirectMessage[]) => deliver(SHARD, oneAtATime, messages, deadlineIn(HOUR_MS));
  await round(word('many', '1'), word('many', '2'), word('many', '3'), word('many', '4'), word('one', '5'));
  expect(reached).toEqual(['1']);
  for (let at = 0; at < 5; at += 1) await round();
  expect(reached).toEqual(['1', '5', '2', '3', '4']);
});

/** Delivers to a connection that hangs: each post may have arrived. */
function hanging() {
  const posted: string[] = [];
  const fanOut: FanOut = async (deliveries) => {
    const missed: Missed[] = [];
    for await (const { connectionId, payload } of deliveries) {
      posted.push(connectionId);
      missed.push({ connectionId, payload, reason: 'timed_out' });
    }
    return { delivered: 0, gone: [], missed, retries: 0 };
  };
  return { posted, fanOut };
}

test('a voter receives an outcome at most twice, however often the log repeats it', async () => {
  const { posted, fanOut } = hanging();
  const deliver = createDirectDelivery(unused);
  const outcome: DirectMessage = { ...word('anna', '1'), vote: 'a ballot' };
  for (let at = 0; at < 6; at += 1) await deliver(SHARD, fanOut, [outcome, outcome], deadlineIn(HOUR_MS));
  expect(posted).toEqual(['anna', 'anna']);
});

test('of repeated outcomes, those of another vote or connection are not left out', async () => {
  const reached: string[] = [];
  const fanOut: FanOut = async (deliveries) => {
    for await (const { connectionId } of deliveries) reached.push(connectionId);
    return { delivered: reached.length, gone: [], missed: [], retries: 0 };
  };
  const deliver = createDirectDelivery(unused);
  const anna = { ...word('anna', '1'), vote: 'a ballot' };
  const messages = [
    anna,
    { ...anna, vote: 'another ballot' },
    { ...anna, connectionId: 'ben' },
    word('anna', '1'),
  ];
  await deliver(SHARD, fanOut, messages, deadlineIn(HOUR_MS));
  await deliver(SHARD, fanOut, messages, deadlineIn(HOUR_MS));
  // The word that is no outcome comes again.
  expect(reached.toSorted()).toEqual(['anna', 'anna', 'anna', 'anna', 'ben']);
});

test('the log says once that messages are not delivered, and that they are again, however many rounds that takes', async () => {
  const printed = captureLines();
  // Ends what an earlier test began.
  passTime(HOUR_MS);
  const deliver = createDirectDelivery(unused);
  const reach: FanOut = async () => ({ delivered: 1, gone: [], missed: [], retries: 0 });
  await deliver(SHARD, reach, [word('anna', '0')], deadlineIn(HOUR_MS));
  printed.length = 0;
  for (let at = 1; at < 20; at += 1) {
    await deliver(at % 4, hanging().fanOut, [word('anna', `${at}`)], deadlineIn(HOUR_MS));
  }
  expect(printed.map((line) => JSON.parse(line))).toMatchObject([
    {
      level: 'warn',
      message: 'Notifying single connections failed.',
      error: { message: 'Messages of shard 1: 1 missed, 0 late, 1 to be tried again.' },
    },
  ]);
  passTime(10_000);
  await deliver(SHARD, reach, [word('anna', '20')], deadlineIn(HOUR_MS));
  expect(printed.map((line) => JSON.parse(line).message).slice(1)).toEqual([
    expect.stringMatching(/^Notifying single connections works again/),
  ]);
});
