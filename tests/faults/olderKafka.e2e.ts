import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { api, optionOf } from '../support/http/api.ts';
import { startKafka, type TestKafka } from '../support/servers/servers.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket } from '../support/websocket/webSocketClient.ts';

let kafka: TestKafka;
let system: System;

beforeAll(async () => {
  kafka = await startKafka({ zookeeper: true });
  system = await startSystem({ KAFKA_BROKERS: kafka.brokers.join(','), KAFKA_REPLICATION: '1' });
});
afterAll(async () => {
  await system?.stop();
  await kafka?.stop();
});

test('a vote is accepted, counted and shown with Kafka 3.9 and ZooKeeper', async () => {
  const client = api(system.httpUrl);
  const poll = await client.makePoll();
  const listener = await openWebSocket(system.wsUrl);
  expect((await listener.next('LEADERBOARD_INIT')).data).toEqual([]);
  const ballot = { user_id: 'anna', option_id: optionOf(poll) };
  expect(await client.voteAndWait(poll.id, ballot)).toMatchObject({
    status: 200,
    body: { status: 'counted' },
  });
  const { changed } = await listener.next('LEADERBOARD_UPDATE');
  expect(changed).toMatchObject([{ rank: 1, option_id: ballot.option_id, vote_count: 1 }]);
  await listener.close();
});
