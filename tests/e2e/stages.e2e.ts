import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../lib/offline/until.ts';
import { api, optionOf } from '../support/api.ts';
import { startKafka, type TestKafka } from '../support/servers.ts';
import { type System, startSystem } from '../support/system.ts';
import { openWebSocket } from '../support/webSocketClient.ts';

const SECRETS = { VOTER_SECRET: 'v'.repeat(32), SIGNING_KEYS: `k1:${'s'.repeat(32)}` };
const VOTES_EACH = 30;
const COUNTED_WITHIN_MS = 30_000;

let kafka: TestKafka;
const systems: System[] = [];

beforeAll(async () => {
  kafka = await startKafka();
});
afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop()));
});
afterAll(() => kafka?.stop());

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

describe('two systems on one Kafka', () => {
  test('that have prefixes of their own count all of their votes, and show them to their viewers', async () => {
    const both = [
      await start({ KAFKA_TOPIC_PREFIX: 'green-' }),
      await start({ KAFKA_TOPIC_PREFIX: 'blue-' }),
    ];
    const viewers = await Promise.all(both.map(({ wsUrl }) => openWebSocket(wsUrl)));
    for (const viewer of viewers) await viewer.next('LEADERBOARD_INIT');
    const polls = await Promise.all(both.map(castVotes));
    await Promise.all(both.map((system, at) => countedOf(system, `${polls[at]}`)));
    await Promise.all(viewers.map((viewer) => viewer.close()));
  });

  test('that have none are refused at the second start, until the first is gone, however it went', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(
      /another system counts the votes of these topics[\s\S]*KAFKA_TOPIC_PREFIX/,
    );
    await countedOf(first, await castVotes(first));
    await first.kill9();
    await start();
  });

  test('that share database and secrets are refused too: each would serve half of the viewers', async () => {
    const first = await start(SECRETS);
    const sharing = { ...SECRETS, POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: `${first.ports.postgres}` };
    await expect(start(sharing)).rejects.toThrow('another system counts the votes of these topics');
  });
});

test('a start after a kill knows its own consumers, and does not wait for them to leave', async () => {
  const system = await start();
  await system.kill9();
  await system.restart();
  const poll = await castVotes(system);
  await countedOf(system, poll);
});

test('a database is not started with the topics of another', async () => {
  const system = await start({ KAFKA_TOPIC_PREFIX: 'red-' });
  await expect(system.restart({ KAFKA_TOPIC_PREFIX: 'yellow-' })).rejects.toThrow(
    /counts the votes of Kafka's topics with the prefix "red-".*Set KAFKA_TOPIC_PREFIX as before/,
  );
  await system.restart();
});
