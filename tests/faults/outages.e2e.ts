import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../lib/concurrency/deadline.ts';
import { postgresConfig } from '../../lib/config.ts';
import type { LeaderboardUpdate } from '../../lib/contract/messageTypes.ts';
import type { Poll } from '../../lib/domain/poll.ts';
import { connect } from '../../lib/sql/client.ts';
import { api, optionOf } from '../support/http/api.ts';
import { expectAccepted, expectSick, expectUnavailable } from '../support/http/expectAnswers.ts';
import { type EndOutage, everyOutage, type Outage, outages } from '../support/servers/outage.ts';
import {
  startKafka,
  startPostgres,
  type TestKafka,
  type TestPostgres,
  type TestServer,
} from '../support/servers/servers.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket } from '../support/websocket/webSocketClient.ts';
import { judgeOutput } from './checks/output.ts';

const BACK_WITHIN_MS = 60_000;
const SOON_MS = 6_000;

let postgres: TestPostgres;
let kafka: TestKafka;
let system: System;
let client: ReturnType<typeof api>;
let endOutage: EndOutage | undefined;
let voters = 0;

beforeAll(async () => {
  [postgres, kafka] = await Promise.all([startPostgres(), startKafka()]);
  system = await startSystem({
    ...postgresEnv(),
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_REPLICATION: '1',
  });
  client = api(system.httpUrl);
});
afterAll(async () => {
  await system?.stop();
  await Promise.all([postgres?.stop(), kafka?.stop()]);
});
afterEach(back);

const postgresEnv = () => ({ POSTGRES_HOST: postgres.host, POSTGRES_PORT: `${postgres.port}` });

async function takeAway(server: TestServer, outage: Outage): Promise<void> {
  endOutage = await outages[outage](server);
}

async function back(): Promise<void> {
  await endOutage?.();
  endOutage = undefined;
}

const ballotFor = (poll: Poll) => ({ user_id: `voter ${voters++}`, option_id: optionOf(poll) });

async function pollWithOneVote(change = {}): Promise<Poll> {
  const poll = await client.makePoll(change);
  expect((await client.voteAndWait(poll.id, ballotFor(poll))).status).toBe(200);
  return poll;
}

/** What the event sources have printed about Kafka's absence. */
const toldAbsence = () =>
  system.output().match(/(still )?cannot consume from Kafka.*|Consuming from Kafka works again.*/g) ?? [];

/** Waits until a poll has this many votes and `/health` says ok. */
async function expectCounted(poll: Poll, votes: number): Promise<void> {
  await until(async () => {
    const { body } = await client.get<Poll>(`/polls/${poll.id}`);
    expect(body.total_votes).toBe(votes);
    expect((await client.get('/health')).status).toBe(200);
  }, BACK_WITHIN_MS);
}

describe.each(everyOutage)('while PostgreSQL is %s', (outage) => {
  test('votes for known polls are accepted, and counted after the recovery', async () => {
    const open = await pollWithOneVote();
    const ending = await pollWithOneVote({ expired_at: new Date(Date.now() + SOON_MS).toISOString() });
    const unknown = await client.makePoll();
    const viewer = await openWebSocket(system.wsUrl);
    expect(await viewer.ask({ action: 'subscribe', poll_id: open.id })).toMatchObject({ type: 'POLL_INIT' });
    await takeAway(postgres, outage);

    const receipt = await expectAccepted(client.vote(ending.id, ballotFor(ending)));
    const votes = Array.from({ length: 50 }, () => expectAccepted(client.vote(open.id, ballotFor(open))));
    await Promise.all(votes);
    await expectUnavailable(client.vote(unknown.id, ballotFor(unknown)));
    await expectUnavailable(client.get(`/polls/${open.id}`));
    await expectUnavailable(client.get(`/votes/${receipt}`));
    await expectSick(client.get('/health'), { postgres: 'unavailable', kafka: 'ok' });
    // Voting may be over: only fresh rules can tell.
    await until(() => expectUnavailable(client.vote(ending.id, ballotFor(ending))), SOON_MS);
    await back();

    await expectCounted(open, 51);
    const late = await client.vote<{ code: string }>(ending.id, ballotFor(ending));
    expect([late.status, late.body.code]).toEqual([409, 'poll_closed']);
    await viewer.next('POLL_UPDATE', ({ total_votes }) => total_votes === 51);
    await viewer.close();
    expect((await client.get(`/votes/${receipt}`)).body).toEqual({ status: 'counted', poll_id: ending.id });
  });
});

/** Longer than the interval of reminders, shorter than two. */
const LONG_MS = 36_000;
const LOOK_EVERY_MS = 500;
/** What runs once a minute says only then that it works again. */
const ALL_BACK_WITHIN_MS = 100_000;

/** The functions that are asked here and say it, each for itself; one, unless it is here. */
const FUNCTIONS: Record<string, number> = {
  // castVote, getPoll, getVote, getPage.
  'Answering requests': 4,
  // The rules of castVote, and the polls of getPage.
  'Refreshing cached values': 2,
};

/** How often the log says that each work fails, that it still does and that it works again. */
function outagesIn(lines: string[]): Map<string, { begun: number; reminded: number; ended: number }> {
  const found = new Map<string, { begun: number; reminded: number; ended: number }>();
  for (const line of lines) {
    const message = line.startsWith('{"time":') ? `${JSON.parse(line).message}` : '';
    const [, what, says] = /^(.+?) (failed\.|is still failing\.|works again after)/.exec(message) ?? [];
    if (what === undefined) continue;
    const { begun, reminded, ended } = found.get(what) ?? { begun: 0, reminded: 0, ended: 0 };
    found.set(what, {
      begun: begun + Number(says === 'failed.'),
      reminded: reminded + Number(says === 'is still failing.'),
      ended: ended + Number(says === 'works again after'),
    });
  }
  return found;
}

describe('while PostgreSQL is gone for longer', () => {
  test('the log says of each work that it fails, reminds of that once, and says that it works again', async () => {
    const [known, unknown] = [await pollWithOneVote(), await client.makePoll()];
    const receipt = await expectAccepted(client.vote(known.id, ballotFor(known)));
    const askAll = () =>
      Promise.all([
        client.vote(known.id, ballotFor(known)),
        client.vote(unknown.id, ballotFor(unknown)),
        client.get(`/polls/${known.id}`),
        client.get(`/votes/${receipt}`),
        client.get('/health'),
        fetch(`${system.httpUrl}/p/${known.id}`, { headers: { accept: 'text/html' } }),
        delay(LOOK_EVERY_MS),
      ]);
    system.newLines();
    const lines: string[] = [];
    const end = performance.now() + LONG_MS;
    await takeAway(postgres, 'gone');
    while (performance.now() < end) await askAll();
    await back();
    await until(async () => {
      await askAll();
      lines.push(...system.newLines());
      // An outage of an earlier test may still go on, and end here too.
      for (const [what, { begun, ended }] of outagesIn(lines))
        expect([what, ended > 0, ended >= begun]).toEqual([what, true, true]);
    }, ALL_BACK_WITHIN_MS);

    const found = outagesIn(lines);
    expect([...found.keys()]).toEqual(expect.arrayContaining(['Answering requests', 'Counting votes']));
    for (const [what, { begun, reminded }] of found) {
      const functions = FUNCTIONS[what] ?? 1;
      expect([what, begun > functions, begun + reminded > 2 * functions]).toEqual([what, false, false]);
    }
    expect(judgeOutput(lines)).toEqual([]);
  }, 240_000);
});

describe.each(everyOutage)('while Kafka is %s', (outage) => {
  test('votes are rejected in time and can be retried', async () => {
    const poll = await pollWithOneVote();
    const listener = await openWebSocket(system.wsUrl);
    await listener.next('LEADERBOARD_INIT');
    const toldBefore = toldAbsence().length;
    await takeAway(kafka, outage);

    const ballots = Array.from({ length: 50 }, () => ballotFor(poll));
    const votes = ballots.map((ballot) => expectUnavailable(client.vote(poll.id, ballot)));
    await expectSick(client.get('/health'), { postgres: 'ok', kafka: 'unavailable' });
    await Promise.all(votes);
    expect((await client.get(`/polls/${poll.id}`)).status).toBe(200);
    await back();

    for (const ballot of ballots) {
      const { status, body } = await client.vote<object>(poll.id, ballot);
      expect([status, body]).toEqual([202, expect.anything()]);
    }
    await expectCounted(poll, 51);
    const showsAll = ({ changed }: LeaderboardUpdate) =>
      changed.some(({ poll_id, vote_count }) => poll_id === poll.id && vote_count === 51);
    await listener.next('LEADERBOARD_UPDATE', showsAll);
    await listener.close();
    // A short outage may pass unnoticed.
    await until(async () => {
      const told = toldAbsence().slice(toldBefore);
      expect(told.filter((line) => line.startsWith('cannot consume')).length).toBeLessThanOrEqual(1);
      expect(told.at(-1) ?? 'Consuming').toMatch(/^Consuming/);
    }, BACK_WITHIN_MS);
  });
});

describe('a restart after the process was killed, on the same servers', () => {
  test('counts the accepted votes and posts to no connection of the killed process', async () => {
    const poll = await pollWithOneVote();
    const listener = await openWebSocket(system.wsUrl);
    await listener.next('LEADERBOARD_INIT');
    await Promise.all(
      Array.from({ length: 50 }, () => expectAccepted(client.vote(poll.id, ballotFor(poll)))),
    );
    await system.kill9();
    await system.restart();
    await expectCounted(poll, 51);

    const newcomer = await openWebSocket(system.wsUrl);
    await newcomer.next('LEADERBOARD_INIT', ({ data }) => data.some(({ vote_count }) => vote_count === 51));
    const sql = connect(postgresConfig(postgresEnv()));
    await until(async () => {
      // A dead connection is found out by posting to it, and that needs news.
      await client.voteAndWait(poll.id, ballotFor(poll));
      expect(await sql`select connection_id from connections`).toHaveLength(1);
    }, BACK_WITHIN_MS).finally(() => sql.end());
    await newcomer.close();
  });
});
