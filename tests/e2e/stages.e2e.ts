import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../lib/concurrency/deadline.ts';
import { api, optionOf } from '../support/http/api.ts';
import { startKafka, type TestKafka } from '../support/servers/servers.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket } from '../support/websocket/webSocketClient.ts';

const SECRETS = { VOTER_SECRET: 'v'.repeat(32), SIGNING_KEYS: `k1:${'s'.repeat(32)}` };
const VOTES_EACH = 30;
const COUNTED_WITHIN_MS = 30_000;
const TWO_STARTS_WITHIN_MS = 240_000;

let kafka: TestKafka;
const systems: System[] = [];

beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(async () => {
  await stopAll();
  await kafka?.stop();
});

async function stopAll(): Promise<void> {
  await Promise.all(systems.splice(0).map((system) => system.stop()));
}

async function start(env: Record<string, string> = {}): Promise<System> {
  const system = await startSystem({
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_REPLICATION: '1',
    ...env,
  });
  systems.push(system);
  return system;
}

/** @returns the id of a poll that got so many votes, each answered 202 */
async function castVotes({ httpUrl }: System): Promise<string> {
  const client = api(httpUrl);
  const poll = await client.makePoll();
  const ballots = Array.from({ length: VOTES_EACH }, (_, at) => ({
    user_id: `voter ${at}`,
    option_id: optionOf(poll),
  }));
  const answers = await Promise.all(ballots.map((ballot) => client.vote(poll.id, ballot)));
  expect(answers.map(({ status }) => status)).toEqual(ballots.map(() => 202));
  return poll.id;
}

async function countedOf({ httpUrl }: System, pollId: string): Promise<void> {
  await until(async () => {
    const { body } = await api(httpUrl).get<{ total_votes: number }>(`/polls/${pollId}`);
    expect(body.total_votes).toBe(VOTES_EACH);
  }, COUNTED_WITHIN_MS);
}

describe('two systems with different prefixes on one Kafka', () => {
  let green: System;
  let blue: System;

  beforeAll(async () => {
    green = await start({ KAFKA_TOPIC_PREFIX: 'green-' });
    blue = await start({ KAFKA_TOPIC_PREFIX: 'blue-' });
  }, TWO_STARTS_WITHIN_MS);
  afterAll(stopAll);

  test('each count their own votes and notify their own viewers', async () => {
    const viewers = await Promise.all([openWebSocket(green.wsUrl), openWebSocket(blue.wsUrl)]);
    for (const viewer of viewers) await viewer.next('LEADERBOARD_INIT');
    const [ofGreen, ofBlue] = await Promise.all([castVotes(green), castVotes(blue)]);
    await Promise.all([countedOf(green, ofGreen), countedOf(blue, ofBlue)]);
    for (const viewer of viewers) await viewer.next('LEADERBOARD_UPDATE');
    await Promise.all(viewers.map((viewer) => viewer.close()));
  });

  test('keep their topics: a start with the topics of another database is refused', async () => {
    await expect(green.restart({ KAFKA_TOPIC_PREFIX: 'yellow-' })).rejects.toThrow(
      /counts the votes of Kafka's topics with the prefix "green-".*Set KAFKA_TOPIC_PREFIX as before/,
    );
  });
});

describe('two systems on the same topics', () => {
  const REFUSAL = /another system consumes these topics \(.*poleparty-emulator-.*KAFKA_TOPIC_PREFIX/;
  let first: System;

  beforeAll(async () => {
    first = await start(SECRETS);
  });

  test('would take votes from each other, so the second start is refused', async () => {
    await expect(start()).rejects.toThrow(REFUSAL);
  });

  test('would each notify half of the viewers, so the second start is refused', async () => {
    const sharing = { ...SECRETS, POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: `${first.ports.postgres}` };
    await expect(start(sharing)).rejects.toThrow(REFUSAL);
    await countedOf(first, await castVotes(first));
  });

  test('can run one after the other, even if the first was killed', async () => {
    await first.kill9();
    const second = await start();
    await countedOf(second, await castVotes(second));
  });
});
