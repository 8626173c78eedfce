import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Context, MSKEvent, MSKRecord } from 'aws-lambda';
import { kafkaConfig } from '../../lib/config.ts';
import type { NewPoll } from '../../lib/domain/poll.ts';
import { UnavailableError } from '../../lib/errors.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { encodeStandings } from '../../lib/kafka/standingsRecord.ts';
import { topics } from '../../lib/kafka/topics.ts';
import { webhookRecord } from '../../lib/kafka/webhookRecord.ts';
import type { Status } from '../../lib/operators/status.ts';
import { type countConnections, insertConnections } from '../../lib/sql/connections.ts';
import { deletePoll } from '../../lib/sql/deletePoll.ts';
import { MAX_SAMPLED_VOTES, sampleDrift } from '../../lib/sql/driftSample.ts';
import { tallyBallots } from '../../lib/sql/tallyBallots.ts';
import { type FreshDatabase, freshDatabase } from '../support/database/database.ts';
import { batchOf, makeFinal, someBallot, somePoll } from '../support/database/polls.ts';
import { context, httpEvent } from '../support/http/httpEvent.ts';
import { startWebhookReceiver } from '../support/http/webhookReceiver.ts';
import { callWithRecords } from '../support/kafka/eventSource.ts';
import { type CapturedStdout, captureStdout } from '../support/metrics/captureStdout.ts';
import { readEmf, sumsOf } from '../support/metrics/readEmf.ts';
import { type Faults, shakeModule } from '../support/servers/shaky.ts';
import { operate } from '../support/system/operate.ts';
import { untilTrue } from '../support/untilTrue.ts';
import { type ConnectionsStandIn, startConnectionsStandIn } from '../support/websocket/connectionsStandIn.ts';

const PREFIX = `metrics-${randomUUID()}.`;
const PARTITIONS = 3;

let database: FreshDatabase;
let api: ConnectionsStandIn;
let stdout: CapturedStdout;
let counting: Faults<typeof countConnections>;
/** @returns the status of the answer */
let cast: (poll: NewPoll, user: string, option: number) => Promise<number>;

beforeAll(async () => {
  [database, api] = await Promise.all([freshDatabase(), startConnectionsStandIn()]);
  const { config } = database;
  Object.assign(process.env, {
    POSTGRES_HOST: config.host,
    POSTGRES_PORT: `${config.port}`,
    POSTGRES_DB: config.database,
    KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'],
    KAFKA_TOPIC_PREFIX: PREFIX,
    KAFKA_REPLICATION: '1',
    VOTES_PARTITIONS: `${PARTITIONS}`,
    SIGNING_KEYS: `k1:${'s'.repeat(32)}`,
    VOTER_SECRET: 'v'.repeat(32),
    WEBSOCKET_ENDPOINT: api.endpoint,
    METRICS_SERVICE: 'polls',
    METRICS_STAGE: 'test',
  });
  await createTopics(kafkaConfig());
  counting = await shakeModule(
    resolve(import.meta.dirname, '../../lib/sql/connections.ts'),
    'countConnections',
  );
  const { handler } = await import('../../functions/http/castVote.ts');
  cast = async (poll, user_id, option) => {
    const body = JSON.stringify({ user_id, option_id: poll.options[option]?.id });
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', pathParameters: { id: poll.id }, headers, body };
    return (await handler(httpEvent(request), context)).statusCode ?? 0;
  };
  stdout = captureStdout();
});
afterAll(async () => {
  stdout.restore();
  await api.stop();
  await database.end();
});

beforeEach(() => stdout.forget());

const written = () => readEmf(stdout.text());
const sums = () => sumsOf(written());

/** What `npm run status` prints, told where the servers are and nothing else. */
async function status(): Promise<Status> {
  const told = Object.entries(process.env).filter(([name]) => /^(KAFKA|POSTGRES)_/.test(name));
  const env = Object.fromEntries(told) as Record<string, string>;
  const { exitCode, stdout: said } = await operate('status', ['--json', '--seconds', '0.2'], env);
  expect(exitCode).toBe(0);
  return JSON.parse(said);
}

/** Counts all that is in the topic `votes`, as a new consumer does. */
async function countFromTheBeginning(): Promise<void> {
  const { handler } = await import('../../functions/kafka/tallyVotes.ts');
  const ends = new Map<number, number>();
  const call = async (event: MSKEvent) => {
    await handler(event as Parameters<typeof handler>[0], {} as Context);
    for (const { partition, offset } of Object.values(event.records).flat()) ends.set(partition, offset);
  };
  const brokers = kafkaConfig().brokers;
  const admin = kafkaClient(kafkaConfig()).admin();
  await admin.connect();
  const wanted = await admin.fetchTopicOffsets(PREFIX + topics.votes);
  await admin.disconnect();
  const source = callWithRecords(brokers, PREFIX + topics.votes, call, { batchSize: 10 });
  await untilTrue(() =>
    wanted.every(({ partition, high }) => (ends.get(partition) ?? -1) >= Number(high) - 1),
  );
  await source.stop();
}

test('every vote that was accepted is in the metrics: counted, rejected with its reason, or a dead letter', async () => {
  const { sql } = database;
  const [once, changing, deleted] = [
    await somePoll(sql),
    await somePoll(sql, { allowChange: true }),
    await somePoll(sql),
  ];
  const statuses: number[] = [];
  const vote = async (...args: Parameters<typeof cast>) => statuses.push(await cast(...args));
  for (let user = 0; user < 20; user += 1) await vote(once, `user ${user}`, user % 3);
  for (let user = 0; user < 4; user += 1) await vote(once, `user ${user}`, 1);
  for (let user = 0; user < 6; user += 1) await vote(changing, `user ${user % 3}`, user % 2);
  for (let user = 0; user < 2; user += 1) await vote(deleted, `user ${user}`, 0);
  expect(await cast({ ...once, options: [] }, 'nobody', 0)).toBe(400);
  const accepted = statuses.filter((status) => status === 202).length;
  expect(accepted).toBe(32);
  await untilTrue(() => sums()['VotesAccepted'] === accepted);
  expect(sums()).toEqual({ VotesAccepted: accepted });
  expect(written().dimensions).toEqual(expect.arrayContaining(['service=polls,stage=test']));
  expect(written().lines).toBeLessThan(accepted);

  await deletePoll(sql, deleted.id);
  const producer = createProducer(kafkaClient(kafkaConfig()), PREFIX);
  const garbage = { partition: 1, key: Buffer.from('who?'), value: Buffer.from('what?') };
  await producer.produce(topics.votes, [garbage]);
  await producer.disconnect();

  const before = await status();
  expect(before).toMatchObject({
    accepted: { records: accepted + 1 },
    counted: { records: 0 },
    dead_letters: 0,
  });
  expect(before.lag.map(({ partition }) => partition)).toEqual([0, 1, 2]);
  expect(before.lag.reduce((all, { records }) => all + records, 0)).toBe(accepted + 1);
  for (const { ms } of before.lag) expect(ms).toBeGreaterThan(0);

  await countFromTheBeginning();
  await untilTrue(() => sums()['VotesCounted'] === 26 && sums()['DeadLetters'] === 1);
  const { TallyLag: _, ...counts } = sums();
  const rejected = { RejectedAlreadyVoted: 4, RejectedPollDeleted: 2 };
  expect(counts).toEqual({ VotesAccepted: accepted, VotesCounted: 26, DeadLetters: 1, ...rejected });
  const [stored] = await sql<[{ once: number; changing: number }]>`
    select
      (select sum(ballots)::integer from tallies where poll_id = ${once.id}) as once,
      (select sum(ballots)::integer from tallies where poll_id = ${changing.id}) as changing`;
  expect(stored).toEqual({ once: 20, changing: 3 });
  const after = await status();
  const {
    VotesCounted = 0,
    RejectedAlreadyVoted = 0,
    RejectedPollDeleted = 0,
    DeadLetters: aside = 0,
  } = counts;
  expect(after.counted.records).toBe(VotesCounted + RejectedAlreadyVoted + RejectedPollDeleted + aside);
  expect(after).toMatchObject({ accepted: before.accepted, dead_letters: aside });
  expect(after.lag).toEqual([0, 1, 2].map((partition) => ({ partition, records: 0, ms: 0 })));
  const lags = written().values.TallyLag ?? [];
  expect(lags.length).toBeGreaterThan(20);
  for (const lag of lags) expect(lag).toBeLessThan(60_000);

  // Seen again, by the same process.
  await countFromTheBeginning();
  const { TallyLag: __, ...again } = sums();
  expect(again).toEqual(counts);
});

const recordOf = (topic: string, value: Buffer | null, offset: number): MSKRecord => ({
  ...{ topic, partition: 0, offset, key: '', headers: [], timestamp: 0, timestampType: 'LOG_APPEND_TIME' },
  value: value?.toString('base64') ?? '',
});

test('a round is in the metrics with its length, its posts, and those answered 410 and 429', async () => {
  const { sql } = database;
  const ids = ['here', 'there', 'gone', 'busy'];
  await insertConnections(
    sql,
    ids.map((id) => ({ id, shard: 0 })),
  );
  await sql`update connections set connected_at = now() - interval '1 hour'`;
  api.behave('gone', 410);
  api.behave('busy', 429, 429, 200);
  const { handler } = await import('../../functions/kafka/broadcastStandings.ts');
  const value = encodeStandings({ type: 'welcome', connectionId: 'here' });
  const records: MSKEvent['records'] = { 'standings-0': [recordOf('standings', value, 0)] };
  await handler({ records } as Parameters<typeof handler>[0], {} as Context);

  await untilTrue(() => sums()['Posts'] !== undefined);
  const { TickLength, ...counts } = sums();
  expect(counts).toEqual({ Posts: api.total(), PostsGone: 1, PostsThrottled: 2 });
  expect(api.total()).toBe(6);
  expect(written()).toMatchObject({ lines: 1, values: { TickLength: [expect.any(Number)] } });
  expect(TickLength).toBeGreaterThan(0);
});

test('a sweep reports the open connections', async () => {
  const [stored] = await database.sql<[{ count: number }]>`select count(*)::integer from connections`;
  expect(stored.count).toBe(3);
  const { handler } = await import('../../functions/schedule/sweepConnections.ts');
  await handler({}, {} as Context);
  await untilTrue(() => sums()['Connections'] !== undefined);
  expect(sums()).toEqual({ Connections: 3 });
  expect(await status()).toMatchObject({ watchers: 3 });
});

test('a sweep that cannot count the connections says so, and succeeds', async () => {
  const { handler } = await import('../../functions/schedule/sweepConnections.ts');
  counting.fail(() => new UnavailableError('Postgres is busy.'));
  await handler({}, {} as Context);
  counting.fail(undefined);
  expect(stdout.text()).toContain('Counting connections failed.');
  expect(stdout.text()).not.toContain('Connections"');
});

test('a webhook is reported when its last retry fails, and not if its receiver wants no more', async () => {
  const { sql } = database;
  process.env['WEBHOOK_TARGETS'] = 'any';
  const receivers = [500, 410, 200, 500].map(async (status) => {
    const receiver = await startWebhookReceiver();
    receiver.behave(status);
    return receiver;
  });
  const [failing, unwilling, willing, failingOnce] = await Promise.all(receivers);
  const attempts = [failing, unwilling, willing, failingOnce].map(async (receiver, at) => {
    const expiredAt = Date.now() - 60_000;
    const poll = await somePoll(sql, { expiredAt, webhookUrl: receiver?.url ?? '' });
    return { pollId: poll.id, tries: at === 3 ? 0 : 9 };
  });
  const made = await Promise.all(attempts);
  await makeFinal(sql);
  for (const { pollId, tries } of made) {
    await sql`update webhooks set tries = ${tries} from polls where poll_id = ${pollId} and polls.poll_key = webhooks.poll_key`;
  }
  const due = await sql<{ pollId: string; version: number; tries: number }[]>`
    select poll_id as "pollId", final_version::integer as version, tries from webhooks join polls using (poll_key)`;
  const { handler } = await import('../../functions/kafka/deliverWebhooks.ts');
  const tries = due.map((one, offset) => recordOf('webhooks', webhookRecord(one).value, offset));
  const records: MSKEvent['records'] = { 'webhooks-0': tries };
  await handler({ records } as Parameters<typeof handler>[0], {} as Context);
  await untilTrue(() => sums()['WebhooksGivenUp'] !== undefined);
  expect(sums()).toEqual({ WebhooksGivenUp: 1 });
  await Promise.all((await Promise.all(receivers)).map((receiver) => receiver.stop()));
});

test('a sample of polls finds drift, and reads no poll that has too many votes, even withdrawn ones', async () => {
  const { sql } = database;
  const poll = await somePoll(sql);
  await tallyBallots(sql, batchOf([someBallot(poll), someBallot(poll)]));
  expect((await sampleDrift(sql)).drift).toEqual([]);
  await sql`update tallies set votes = votes + 1 where poll_id = ${poll.id} and position = 0`;
  expect((await sampleDrift(sql)).drift).toMatchObject([{ poll_id: poll.id, position: 0 }]);
  const { polls } = await sampleDrift(sql);
  await sql`
    insert into votes (choices, accepted_at, poll_key, voter_key)
    select 0, 0, poll_key, gen_random_uuid()
    from polls cross join generate_series(1, ${MAX_SAMPLED_VOTES}::integer) where poll_id = ${poll.id}`;
  expect(await sampleDrift(sql)).toEqual({ polls: polls - 1, drift: [] });
});
