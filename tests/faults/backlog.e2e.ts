import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../lib/concurrency/deadline.ts';
import type { Poll } from '../../lib/domain/poll.ts';
import { api, optionOf } from '../support/http/api.ts';
import { freeze, serverPid } from '../support/servers/serverProcesses.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket, type WebSocketClient } from '../support/websocket/webSocketClient.ts';

/** More than a batch on the one partition; all are waited for on one shard. Set it higher for a longer outage. */
const VOTES = Number(process.env['BACKLOG_VOTES'] || 2_500);
// What one client can send at once is not the question here.
const WAVE = 100;
const WITHIN_MS = 60_000;

let system: System;
let socket: WebSocketClient;

beforeAll(async () => {
  system = await startSystem({ VOTES_PARTITIONS: '1' });
  socket = await openWebSocket(system.wsUrl);
});
afterAll(async () => {
  await socket?.close();
  await system?.stop();
});

/** Of how many votes, up to this one, this was said; once or, where an answer was lost, twice. */
function said(status: string, last = Number.POSITIVE_INFINITY): number {
  const votes = socket.messages.flatMap((message) =>
    message.type === 'VOTE_STATUS' && message.status === status
      ? [Number.parseInt(message.request_id ?? '', 10)]
      : [],
  );
  return new Set(votes.filter((at) => at <= last)).size;
}

const untilSaid = (status: string, votes: number) =>
  until(async () => expect(said(status)).toBe(votes), WITHIN_MS);

test('a backlog of votes with long request ids is counted after an outage, and every voter is notified', async () => {
  const client = api(system.httpUrl);
  const poll = await client.makePoll();
  // Twice as long in JSON.
  const vote = (at: number) => ({
    action: 'vote',
    poll_id: poll.id,
    user_id: `voter ${at}`,
    option_id: optionOf(poll),
    request_id: `${at}`.padEnd(100, '"'),
  });
  // Six times as long: words of 2,000 such votes are more than a broker takes in one record, so they are refused.
  const tooLong = (at: number) => ({ ...vote(at), user_id: `other ${at}`, request_id: '\u0001'.repeat(100) });
  socket.send(vote(0));
  await untilSaid('counted', 1);

  const goOn = freeze(serverPid(system, 'postgres'));
  try {
    for (let from = 1; from <= VOTES; from += WAVE) {
      for (let at = from; at < from + WAVE; at += 1) {
        socket.send(vote(at));
        socket.send(tooLong(at));
      }
      await untilSaid('accepted', from + WAVE);
    }
  } finally {
    goOn();
  }

  await until(async () => {
    const { body } = await client.get<Poll>(`/polls/${poll.id}`);
    expect(body.total_votes).toBe(VOTES + 1);
  }, WITHIN_MS);
  // What did not arrive goes with the next rounds, which other votes bring about.
  for (let at = VOTES + 1; said('counted', VOTES) <= VOTES; at += 1) {
    socket.send(vote(at));
    await untilSaid('accepted', at + 1);
  }
  const refused = socket.messages.filter((one) => one.type === 'ERROR' && one.code === 'invalid_request');
  expect(refused).toHaveLength(VOTES);
  expect(system.output()).not.toMatch(/MaxListenersExceededWarning|Unhandled exception/);
});
