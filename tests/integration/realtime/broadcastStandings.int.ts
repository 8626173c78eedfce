import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { encodeStandings, pollsRecords, type StandingsRecord } from '../../../lib/kafka/standingsRecord.ts';
import { insertConnections } from '../../../lib/sql/connections.ts';
import { insertSubscription } from '../../../lib/sql/subscriptions.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';
import { environmentOn, loadHandler } from '../../support/lambda/loadHandler.ts';
import {
  type ConnectionsStandIn,
  startConnectionsStandIn,
} from '../../support/websocket/connectionsStandIn.ts';
import { endPause, openPoll, setVotes } from './boardFixture.ts';

let database: FreshDatabase;
let api: ConnectionsStandIn;
let invoke: (records: MSKEvent['records']) => Promise<unknown>;

beforeAll(async () => {
  [database, api] = await Promise.all([freshDatabase(), startConnectionsStandIn()]);
  const env = { ...environmentOn(database), WEBSOCKET_ENDPOINT: api.endpoint };
  const broadcast = await loadHandler<Pick<MSKEvent, 'records'>>('kafka/broadcastStandings', env);
  invoke = (records) => broadcast({ records });
  await setVotes(database.sql, await openPoll(database.sql, 2), [1, 2]);
});
afterAll(async () => {
  await api.stop();
  await database.end();
});

function record(partition: number, offset: number, value: Buffer | string): MSKRecord {
  const base64 = Buffer.from(value).toString('base64');
  const place = { topic: 'standings', partition, offset, key: '', headers: [] };
  return { ...place, value: base64, timestamp: 0, timestampType: 'LOG_APPEND_TIME' };
}

const standings = (value: StandingsRecord) => encodeStandings(value);

test('one event can contain several shards, and unreadable records are skipped', async () => {
  await insertConnections(database.sql, [{ id: 'a', shard: 0 }]);
  await insertConnections(database.sql, [{ id: 'b', shard: 2 }]);
  await insertConnections(database.sql, [{ id: 'c', shard: 3 }]);
  const response = await invoke({
    'standings-0': [
      record(0, 7, 'what?'),
      record(0, 8, standings({ type: 'welcome', connectionId: 'a' })),
      record(0, 9, standings({ type: 'polls', pollIds: [randomUUID()] })),
    ],
    'standings-2': [record(2, 4, standings({ type: 'polls', pollIds: [] }))],
    'standings-3': [record(3, 1, '{"type":"unheard of"}'), record(3, 2, '')],
  });
  expect(response).toEqual({ batchItemFailures: [] });
  expect(['a', 'b', 'c'].map((id) => api.received(id).length)).toEqual([1, 1, 0]);
});

test('a message for one connection is forwarded, and an unchanged leaderboard posts nothing', async () => {
  await insertConnections(database.sql, [{ id: 'voter', shard: 4 }]);
  await invoke({ 'standings-4': [record(4, 1, standings({ type: 'welcome', connectionId: 'voter' }))] });
  const before = api.received('voter').length;
  const message = { type: 'PONG', request_id: 'mine' } as const;
  const direct = standings({ type: 'direct', messages: [{ connectionId: 'voter', message }] });
  expect(await invoke({ 'standings-4': [record(4, 2, direct)] })).toEqual({ batchItemFailures: [] });
  expect(api.received('voter').slice(before)).toEqual([message]);
});

describe('a message for one connection', () => {
  const wordFor = (connectionId: string, request_id: string): StandingsRecord => ({
    type: 'direct',
    messages: [{ connectionId, message: { type: 'PONG', request_id } }],
  });
  const nothing = standings({ type: 'polls', pollIds: [] });

  test('is sent again in the next round if it failed, once and alone', async () => {
    const hang = () => {};
    api.behave('slow', 200, hang, 200);
    const words = ['one', 'two'].map((id, at) => record(6, at + 1, standings(wordFor('slow', id))));
    await invoke({ 'standings-6': words });
    expect(api.received('slow')).toHaveLength(1);
    await invoke({ 'standings-6': [record(6, 3, nothing)] });
    await invoke({ 'standings-6': [record(6, 4, nothing)] });
    const ids = api.received('slow').map((message) => 'request_id' in message && message.request_id);
    expect(ids.sort()).toEqual(['one', 'two']);
  });

  test('is given up after three rounds', async () => {
    api.behave('mute', 429);
    await invoke({ 'standings-7': [record(7, 1, standings(wordFor('mute', 'one')))] });
    for (let at = 2; at < 6; at += 1) await invoke({ 'standings-7': [record(7, at, nothing)] });
    const posts = api.posts('mute');
    api.behave('mute', 200);
    await invoke({ 'standings-7': [record(7, 9, nothing)] });
    expect(api.posts('mute')).toBe(posts);
  });

  test('is not repeated when its round is retried', async () => {
    const { sql } = database;
    const batch = [record(8, 1, standings(wordFor('once', 'one'))), record(8, 2, nothing)];
    await sql`alter table boards rename to boards_away`;
    const failed = { batchItemFailures: [{ itemIdentifier: { partition: 'standings-8', offset: 1 } }] };
    for (let tries = 0; tries < 3; tries += 1) expect(await invoke({ 'standings-8': batch })).toEqual(failed);
    await sql`alter table boards_away rename to boards`;
    expect(await invoke({ 'standings-8': batch })).toEqual({ batchItemFailures: [] });
    expect(api.received('once')).toHaveLength(1);
  });
});

test('28,000 polls with one viewer are checked page by page, and the viewer is notified', async () => {
  const { sql } = database;
  const poll = await somePoll(sql);
  await insertConnections(sql, [{ id: 'patient', shard: 9 }]);
  await insertSubscription(sql, {
    connectionId: 'patient',
    newShard: 9,
    pollId: poll.id,
    hasVoted: false,
    askedAt: Date.now(),
  });
  const others = Array.from({ length: 28_000 }, () => randomUUID());
  const named = pollsRecords(1, [...others, poll.id.replaceAll('-', '')]);
  const records = named.map(({ value }, at) => record(9, at, value ?? ''));
  expect(await invoke({ 'standings-9': records })).toEqual({ batchItemFailures: [] });
  expect(api.received('patient').map(({ type }) => type)).toContain('POLL_INIT');
});

test('a viewer of a poll gets the poll first and the leaderboard afterwards', async () => {
  const { sql } = database;
  const poll = await somePoll(sql);
  await insertConnections(sql, [{ id: 'viewer', shard: 5 }]);
  await insertSubscription(sql, {
    connectionId: 'viewer',
    newShard: 5,
    pollId: poll.id,
    hasVoted: false,
    askedAt: Date.now(),
  });
  const look = standings({ type: 'polls', pollIds: [poll.id] });
  await invoke({ 'standings-5': [record(5, 1, look)] });
  await tallyBallots(sql, batchOf([someBallot(poll), someBallot(poll)]));
  await endPause(sql);
  await invoke({ 'standings-5': [record(5, 2, look)] });
  const types = api.received('viewer').map(({ type }) => type);
  expect(types).toEqual(['POLL_INIT', 'LEADERBOARD_INIT', 'POLL_UPDATE', 'LEADERBOARD_UPDATE']);
});

test('a failing shard is retried from its first record, without the others', async () => {
  // Not a smallint: the shard's queries fail.
  const broken = 99_999;
  await insertConnections(database.sql, [{ id: 'd', shard: 1 }]);
  const response = await invoke({
    'standings-1': [record(1, 3, standings({ type: 'polls', pollIds: [] }))],
    'standings-99999': [
      record(broken, 11, standings({ type: 'polls', pollIds: [] })),
      record(broken, 12, standings({ type: 'polls', pollIds: [] })),
    ],
  });
  expect(response).toEqual({
    batchItemFailures: [{ itemIdentifier: { partition: 'standings-99999', offset: 11 } }],
  });
  expect(api.received('d')).toHaveLength(1);
});
