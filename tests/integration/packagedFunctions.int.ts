import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../lib/concurrency/deadline.ts';
import { somePoll } from '../support/database/polls.ts';
import { type AnswersReceiver, startAnswersReceiver } from '../support/http/answersReceiver.ts';
import type { MadePoll } from '../support/http/api.ts';
import { httpEvent, type Request } from '../support/http/httpEvent.ts';
import { customResourceEvent } from '../support/lambda/customResourceEvent.ts';
import { functionNames } from '../support/lambda/describeFunction.ts';
import type { RunningFunction } from '../support/lambda/packagedFunction.ts';
import { type PackagedSystem, startPackagedSystem } from '../support/lambda/packagedSystem.ts';
import { hasLambdaRuntime } from '../support/lambda/runtime.ts';
import { readEmf, sumsOf } from '../support/metrics/readEmf.ts';

interface Response {
  statusCode: number;
  headers?: Record<string, string>;
  body?: string;
}

interface Migrated {
  migrations: string[];
  topics: string[];
  ahead: string[];
}

// Building the emulator where it is not yet there, packaging, and a broker.
const START_LIMIT_MS = 300_000;
const SOON_MS = 20_000;
// `closeExpiredPolls` stays for nearly a minute, most of which has gone by when we wait for it.
const STAY_LIMIT_MS = 90_000;

// A bare machine needs no Go; continuous integration must have it.
const canRun = hasLambdaRuntime() || process.env['CI'];
if (!canRun) {
  console.warn(
    'The packaged functions are not run: the emulator of Lambda is built with Go, which is not here.',
  );
}

(canRun ? describe : describe.skip)('as packaged and run by Lambda', () => {
  const MIGRATIONS = readdirSync('lib/sql/migrations').sort();
  let system: PackagedSystem;
  let schedule: RunningFunction;
  let minute: Promise<unknown>;

  const http = (name: string, request: Request = {}) => system.invoke<Response>(name, httpEvent(request));
  const bodyOf = <T>({ body }: Response): T => JSON.parse(body ?? '');

  /** A route of the WebSocket API, with what API Gateway says of the connection. */
  const frame = (name: string, connectionId: string, body?: object) =>
    system.invoke<Response>(name, {
      requestContext: {
        connectionId,
        requestTimeEpoch: Date.now(),
        apiId: 'api',
        stage: 'dev',
        eventType: body ? 'MESSAGE' : 'CONNECT',
      },
      isBase64Encoded: false,
      ...(body ? { body: JSON.stringify(body) } : { headers: { Origin: 'https://polls.example' } }),
    });

  const untilReceived = (connectionId: string, ...messages: object[]) =>
    until(async () => {
      const expected = messages.map((message) => expect.objectContaining(message));
      expect(system.connections.received(connectionId)).toEqual(expect.arrayContaining(expected));
    }, SOON_MS);

  const ask = (changes: object = {}) => {
    const poll = { question: 'Tea or coffee?', options: ['Tea', 'Coffee'], ...changes };
    return JSON.stringify({ expired_at: new Date(Date.now() + 3_600_000), ...poll });
  };
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };

  beforeAll(async () => {
    system = await startPackagedSystem();
  }, START_LIMIT_MS);
  afterAll(() => system?.stop());

  describe('migrate', () => {
    /** @param change of the migrations in the package */
    const migrate = async (change: (folder: string) => void) => {
      const migrations = (folder: string) => change(join(folder, 'functions/deploy/migrations'));
      const running = await system.start('migrate', migrations);
      const [settled] = await Promise.allSettled([running.invoke<Migrated>({})]);
      await running.stop();
      return { ...settled, output: running.output() };
    };

    test('creates the schema and the topics, once', async () => {
      const first = await system.invoke<Migrated>('migrate', {});
      expect(first).toMatchObject({ migrations: MIGRATIONS, ahead: [] });
      expect(await system.invoke('migrate', {})).toEqual({ migrations: [], topics: [], ahead: [] });
    });

    test('reports a failing migration and applies no part of it', async () => {
      const failed = await migrate((folder) =>
        writeFileSync(join(folder, '9999_broken.sql'), 'create table half (); select * from nowhere;'),
      );
      expect(failed).toMatchObject({
        reason: { message: 'PostgresError: relation "nowhere" does not exist' },
      });
      expect(await system.sql`select 1 from pg_class where relname = 'half'`).toEqual([]);
    });

    test('leaves a newer database unchanged and reports it', async () => {
      const newest = MIGRATIONS.at(-1) ?? '';
      const older = await migrate((folder) => rmSync(join(folder, newest)));
      expect(older).toMatchObject({ value: { migrations: [], topics: [], ahead: [newest] } });
      expect(older.output).toMatch(/The database is ahead of this version[^\n]*"awsRequestId":"[\w-]{36}"/);
      expect(await system.sql`select name from migrations order by name`).toHaveLength(MIGRATIONS.length);
    });
  });

  describe('the resources of the stack', () => {
    let receiver: AnswersReceiver;
    beforeAll(async () => {
      receiver = await startAnswersReceiver();
    });
    afterAll(() => receiver.stop());

    test('migrate answers CloudFormation with the schema', async () => {
      const ResourceProperties = { Schema: 'abc' };
      await system.invoke('migrate', customResourceEvent(receiver.url, { ResourceProperties }));
      expect(receiver.answers.at(-1)).toMatchObject({ Status: 'SUCCESS', Data: { Schema: 'abc' } });
    });

    test('findBrokers answers CloudFormation with the brokers of the cluster', async () => {
      const ResourceProperties = { ClusterArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/polls/1' };
      await system.invoke('findBrokers', customResourceEvent(receiver.url, { ResourceProperties }));
      expect(receiver.answers.at(-1)).toMatchObject({ Data: { Brokers: 'b-1:9098,b-2:9098' } });
    });
  });

  test('closeExpiredPolls closes polls while a deletion of old data waits', async () => {
    const { id } = await somePoll(system.sql, { expiredAt: Date.now() - 1_000 });
    schedule = await system.start('closeExpiredPolls');
    const call = () => schedule.invoke({ source: 'aws.events', 'detail-type': 'Scheduled Event' });
    await system.sql.begin(async (tx) => {
      await tx`lock table creations in exclusive mode`;
      minute = call();
      // The minute after it, for a machine that takes longer than one for what follows.
      minute.then(call).catch(() => {});
      await until(async () => {
        const [state] = await system.sql`
          select is_closed, exists (
            select from pg_locks where relation = 'creations'::regclass and not granted
          ) as waits from polls where poll_id = ${id}`;
        expect(state).toEqual({ is_closed: true, waits: true });
      }, SOON_MS);
    });
  });

  describe('a vote through the packaged functions', () => {
    let poll: MadePoll;
    let receipt: string;

    beforeAll(async () => {
      for (const name of ['tallyVotes', 'broadcastStandings', 'deliverWebhooks']) await system.feed(name);
    });

    const ofPoll = () => ({ path: `/polls/${poll.id}`, pathParameters: { id: poll.id } });
    const owner = () => ({ ...post.headers, authorization: `Bearer ${poll.admin_token}` });
    const untilCounted = (votes: number) =>
      until(async () => {
        expect(bodyOf(await http('getPoll', ofPoll()))).toMatchObject({ total_votes: votes });
      }, SOON_MS);

    test('createPoll creates a poll', async () => {
      const made = await http('createPoll', { ...post, body: ask({ webhook_url: system.receiver.url }) });
      expect(made.statusCode).toBe(201);
      poll = bodyOf(made);
    });

    test('connect accepts a client, and it gets the leaderboard', async () => {
      expect(await frame('connect', 'phone')).toEqual({ statusCode: 200 });
      await untilReceived('phone', { type: 'LEADERBOARD_INIT' });
    });

    test('subscribe answers with the poll', async () => {
      const answer = await frame('subscribe', 'phone', { action: 'subscribe', poll_id: poll.id });
      expect(bodyOf(answer)).toMatchObject({ type: 'POLL_INIT', poll: { id: poll.id, total_votes: 0 } });
    });

    test('castVote accepts a vote, tallyVotes counts it and broadcastStandings shows it', async () => {
      const ballot = { user_id: 'ada', option_id: poll.options[0]?.option_id };
      const cast = await http('castVote', { ...post, ...ofPoll(), body: JSON.stringify(ballot) });
      expect(cast.statusCode).toBe(202);
      ({ receipt } = bodyOf<{ receipt: string }>(cast));
      await untilReceived('phone', { type: 'POLL_UPDATE', poll_id: poll.id, vote_counts: [1, 0] });
    });

    test('vote accepts a vote over WebSocket, and its voter is notified', async () => {
      const ballot = { action: 'vote', poll_id: poll.id, user_id: 'bob', request_id: 'b1' };
      const answer = await frame('vote', 'phone', { ...ballot, option_id: poll.options[1]?.option_id });
      expect(bodyOf(answer)).toMatchObject({ type: 'VOTE_STATUS', status: 'accepted', request_id: 'b1' });
      await untilReceived('phone', { type: 'VOTE_STATUS', status: 'counted', request_id: 'b1' });
    });

    test('getPoll, listPolls, getResults, getVote and getLeaderboard show the counted vote', async () => {
      await untilCounted(2);
      expect(bodyOf(await http('listPolls'))).toMatchObject({ data: [{ id: poll.id, total_votes: 2 }] });
      const csv = await http('getResults', { ...ofPoll(), headers: { accept: 'text/csv' } });
      expect(csv.body).toMatch(/,Tea,1,0\.5,2\r\n.*,Coffee,1,0\.5,2\r\n/);
      const vote = await http('getVote', { pathParameters: { receipt } });
      expect(bodyOf(vote)).toMatchObject({ status: 'counted', poll_id: poll.id });
      const board = bodyOf<{ data: object[] }>(await http('getLeaderboard'));
      expect(board.data).toMatchObject([
        { rank: 1, option_text: 'Tea', vote_count: 1 },
        { rank: 1, option_text: 'Coffee', vote_count: 1 },
      ]);
    });

    test('leaderboard, ping, unsubscribe and unknownAction answer on the connection', async () => {
      const answers = [
        await frame('leaderboard', 'phone', { action: 'leaderboard' }),
        await frame('ping', 'phone', { action: 'ping' }),
        await frame('unsubscribe', 'phone', { action: 'unsubscribe', poll_id: poll.id }),
        await frame('unknownAction', 'phone', { action: 'dance' }),
      ];
      expect(answers.map(bodyOf)).toMatchObject([
        { type: 'LEADERBOARD_INIT', data: [{ option_text: 'Tea' }, { option_text: 'Coffee' }] },
        { type: 'PONG' },
        { type: 'UNSUBSCRIBED', poll_id: poll.id },
        { type: 'ERROR', code: 'unknown_action' },
      ]);
    });

    test('sweepConnections asks old connections to reconnect', async () => {
      await system.sql`update connections set connected_at = now() - interval '111 minutes'`;
      await system.invoke('sweepConnections', {});
      await untilReceived('phone', { type: 'RECONNECT' });
    });

    test('disconnect deletes the connection', async () => {
      expect(await frame('disconnect', 'phone')).toEqual({ statusCode: 200 });
      expect(await system.sql`select 1 from connections`).toEqual([]);
    });

    test('deletePoll deletes a poll', async () => {
      const other = bodyOf<MadePoll>(await http('createPoll', { ...post, body: ask() }));
      const headers = { authorization: `Bearer ${other.admin_token}` };
      const path = { path: `/polls/${other.id}`, pathParameters: { id: other.id } };
      const deleted = await http('deletePoll', { method: 'DELETE', headers, ...path });
      expect(deleted.statusCode).toBe(204);
      expect((await http('getPoll', path)).statusCode).toBe(404);
    });

    test('updatePoll closes a poll, closeExpiredPolls makes it final and deliverWebhooks sends it', async () => {
      const closing = { method: 'PATCH', headers: owner(), body: '{"closed":true}', ...ofPoll() };
      expect((await http('updatePoll', closing)).statusCode).toBe(200);
      const event = JSON.parse((await system.receiver.nth(1)).body);
      expect(event).toMatchObject({ type: 'poll.closed', data: { is_final: true, total_votes: 2 } });
    });
  });

  test('connectAuthorizer passes a token on', async () => {
    const event = { methodArn: 'arn:aws:execute-api:x', queryStringParameters: { token: 'of ada' } };
    expect(await system.invoke('connectAuthorizer', event)).toMatchObject({ context: { token: 'of ada' } });
  });

  test('getHealth reports Postgres and Kafka', async () => {
    const checks = { postgres: 'ok', kafka: 'ok' };
    expect(bodyOf(await http('getHealth'))).toEqual({ status: 'ok', checks });
  });

  test('getPage answers with a page, and getAsset with what it loads', async () => {
    const page = await http('getPage', { headers: { accept: 'text/html' } });
    expect(page).toMatchObject({ statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    const [path = '', file = ''] = /\/assets\/([\w.-]+\.js)/.exec(page.body ?? '') ?? [];
    const asset = await http('getAsset', { path, pathParameters: { file } });
    expect(asset).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': expect.stringContaining('javascript') },
    });
    expect((await http('getPage', { path: '/ZZZZZZ', pathParameters: { code: 'ZZZZZZ' } })).statusCode).toBe(
      404,
    );
  });

  test('getOpenApi, getAsyncApi and notFound answer without Postgres and Kafka', async () => {
    expect(bodyOf(await http('getOpenApi'))).toHaveProperty('openapi');
    expect(bodyOf(await http('getAsyncApi'))).toHaveProperty('asyncapi');
    expect(await http('notFound', { path: '/polls/a/b' })).toMatchObject({ statusCode: 404 });
  });

  test(
    'closeExpiredPolls returns within its time',
    async () => {
      expect(await minute).toBeNull();
      // Lambda hands to CloudWatch what a function writes to stdout.
      const written = readEmf(schedule.output());
      expect(written.dimensions[0]).toBe('service=poleparty,stage=dev');
      expect(sumsOf(written)).toEqual({ Drift: 0 });
    },
    STAY_LIMIT_MS,
  );

  test('every function of the stack is tested', () => {
    expect([...system.ran].sort()).toEqual(functionNames(system.stack));
  });
});
