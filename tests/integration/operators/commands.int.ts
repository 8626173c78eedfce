import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkaConfig } from '../../../lib/config.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { beginReplay } from '../../../lib/sql/replays.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';
import { operate } from '../../support/system/operate.ts';

const NO_POLL = '0190a5d8-c0de-7000-8000-00000000abcd';
const NOBODY_LISTENS = '127.0.0.1:1';

let database: FreshDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  database = await freshDatabase();
  const { config } = database;
  env = {
    POSTGRES_HOST: config.host,
    POSTGRES_PORT: `${config.port}`,
    POSTGRES_DB: config.database,
    KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'] ?? '',
    KAFKA_REPLICATION: '1',
  };
  await createTopics(kafkaConfig(env));
});
afterAll(() => database.end());

const run = (name: string, ...args: string[]) => operate(name, args, env);
const found = (poll: NewPoll) => findPoll(database.sql, poll.id, Date.now());
const isUnannounced = async () => (await database.sql`select from unannounced_polls`).length > 0;

/** A poll with two votes of which the tallies show nine. */
async function driftedPoll(): Promise<NewPoll> {
  const { sql } = database;
  const poll = await somePoll(sql);
  await tallyBallots(sql, batchOf([someBallot(poll), someBallot(poll, { choices: 2 })]));
  await sql`update tallies set votes = votes + 7, ballots = ballots + 7 where poll_id = ${poll.id} and position = 0`;
  return poll;
}

describe.each(['status', 'reconcile', 'rebuild', 'redrive', 'replay', 'polls', 'keys', 'migrate'])(
  'npm run %s',
  (name) => {
    test('prints its help without connecting', async () => {
      for (const flag of ['--help', '-h']) {
        const { exitCode, stdout, stderr } = await operate(name, [flag], {
          POSTGRES_HOST: 'nowhere.invalid',
        });
        expect([exitCode, stderr]).toEqual([0, '']);
        expect(stdout).toContain(`npm run ${name}`);
        expect(stdout).toContain('POSTGRES_*');
      }
    });

    test('prints its help on wrong usage', async () => {
      for (const args of [['--nonsense'], ['one', 'two', 'three'], ['--json=no']]) {
        const { exitCode, stdout, stderr } = await run(name, ...args);
        expect([exitCode, stdout]).toEqual([2, '']);
        expect(stderr).toMatch(new RegExp(`^[^\\n]+\\n\\n[^]+npm run ${name}`));
      }
    });
  },
);

test.each([
  ['rebuild', []],
  ['rebuild', ['--poll']],
  ['replay', []],
  ['replay', ['--from', 'yesterday']],
  ['replay', ['--from', '2026-02-30T12:00:00Z']],
  ['polls', []],
  ['polls', ['show']],
  ['polls', ['open', NO_POLL]],
  ['polls', [NO_POLL]],
  ['polls', ['show', NO_POLL, 'more']],
  ['polls', ['create']],
  ['polls', ['create', 'Tea or coffee?', 'Tea', 'Coffee', '--for', 'a while']],
  ['keys', []],
  ['keys', ['show']],
  ['keys', ['create']],
  ['keys', ['create', 'no name']],
  ['keys', ['create', 'some', '--open-polls', '0']],
  ['keys', ['create', 'some', '--per-minute', '1.5']],
  ['keys', ['list', 'all']],
  ['keys', ['revoke']],
  ['status', ['--seconds', '0']],
  ['status', ['--seconds', 'two']],
  // Nobody can be asked.
  ['polls', ['delete', NO_POLL]],
])('npm run %s -- %j is wrong usage', async (name, args) => {
  const { exitCode, stdout, stderr } = await run(name, ...args);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`npm run ${name}`);
});

test.each([
  ['rebuild', ['--poll', NO_POLL]],
  ['polls', ['show', NO_POLL]],
  ['polls', ['show', 'nonsense']],
  ['polls', ['close', NO_POLL, '--json']],
  ['polls', ['delete', NO_POLL, '--yes']],
])('npm run %s -- %j reports an unknown poll', async (name, args) => {
  expect(await run(name, ...args)).toEqual({ exitCode: 1, stdout: '', stderr: 'Poll not found.\n' });
});

test.each([
  ['reconcile', ['--json']],
  ['rebuild', ['--poll', NO_POLL]],
  ['polls', ['show', NO_POLL]],
  ['polls', ['delete', NO_POLL, '--yes']],
  ['keys', ['list']],
  ['migrate', []],
  ['status', []],
])('npm run %s -- %j reports in one line that the database is unavailable', async (name, args) => {
  const away = { ...env, POSTGRES_PORT: '1' };
  const line = expect.stringMatching(/^PostgreSQL at 127\.0\.0\.1:1 is unavailable: .*ECONNREFUSED.*\n$/);
  expect(await operate(name, args, away)).toEqual({ exitCode: 1, stdout: '', stderr: line });
});

test('a database without the schema is reported in one line', async () => {
  const empty = { ...env, POSTGRES_DB: 'postgres' };
  const line = expect.stringMatching(/^PostgreSQL: relation "\w+" does not exist\.\n$/);
  expect(await operate('reconcile', [], empty)).toEqual({ exitCode: 1, stdout: '', stderr: line });
});

test('redrive reports an unavailable broker in one line after a few seconds of retries', async () => {
  const away = { ...env, KAFKA_BROKERS: NOBODY_LISTENS };
  const line = expect.stringMatching(/^(?:.* \(3 s\)\n)?Kafka at 127\.0\.0\.1:1: .*ECONNREFUSED.*\n$/);
  expect(await operate('redrive', ['--send'], away)).toEqual({ exitCode: 1, stdout: '', stderr: line });
});

test('polls create reports in one line that the API does not answer, or is something else', async () => {
  const create = (...where: string[]) =>
    operate('polls', ['create', 'Tea?', 'Yes', 'No', ...where], { PORT: '1' });
  const line = (text: string) => ({ exitCode: 1, stdout: '', stderr: `${text}\n` });
  const hint = 'does not answer. Start it with npm start, or name another with --http.';
  expect(await create()).toEqual(line(`The API at http://localhost:1 ${hint}`));
  expect(await create('--http', 'http://127.0.0.1:1/')).toEqual(
    line(`The API at http://127.0.0.1:1 ${hint}`),
  );

  const other = createServer((_, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  expect(await create('--http', url)).toEqual(line(`${url} is not the API.`));
  other.close();
});

test('an invalid variable is named', async () => {
  const { exitCode, stderr } = await operate('redrive', [], { ...env, KAFKA_AUTH: 'password' });
  expect([exitCode, stderr]).toEqual([1, 'KAFKA_AUTH must be one of none, iam, not "password".\n']);
});

describe('reconcile', () => {
  test('prints drift as JSON with exit code 1, and corrects it only with --repair', async () => {
    const poll = await driftedPoll();
    const drift = [
      { poll_id: poll.id, position: 0, tallied: { votes: 8, ballots: 8 }, counted: { votes: 1, ballots: 1 } },
    ];
    const { exitCode, stdout } = await run('reconcile');
    expect([exitCode, JSON.parse(stdout)]).toEqual([1, { drift, repaired: false }]);
    const repair = await run('reconcile', '--repair', '--json');
    expect([repair.exitCode, JSON.parse(repair.stdout), repair.stderr]).toEqual([
      1,
      { drift, repaired: true },
      '',
    ]);
    const again = await run('reconcile', '--repair');
    expect([again.exitCode, JSON.parse(again.stdout)]).toEqual([0, { drift: [], repaired: false }]);
  });
});

describe('rebuild', () => {
  test('prints the counts before and after, and whether they changed', async () => {
    const poll = await driftedPoll();
    const first = await run('rebuild', '--poll', poll.id.toUpperCase(), '--json');
    expect([first.exitCode, first.stderr]).toEqual([0, '']);
    expect(JSON.parse(first.stdout)).toMatchObject({
      changed: true,
      before: { total_votes: 9, version: 3 },
      after: { total_votes: 2, version: 4 },
    });
    const second = await run('rebuild', '--poll', poll.id, '--json');
    expect(JSON.parse(second.stdout)).toMatchObject({ changed: false, drift: [], after: { version: 4 } });
    const text = await run('rebuild', '--poll', poll.id);
    expect(text).toEqual({
      exitCode: 0,
      stdout: '“Where to?” has 2 votes. Its tallies are correct.\n',
      stderr: '',
    });
  });

  test('repairs without a broker, and says when viewers will be notified', async () => {
    const poll = await driftedPoll();
    const away = { ...env, KAFKA_BROKERS: NOBODY_LISTENS };
    const { exitCode, stdout, stderr } = await operate('rebuild', ['--poll', poll.id], away);
    expect([exitCode, stdout]).toEqual([0, '“Where to?”: 9 → 2 votes, version 3 → 4\n  Place 0: 8 → 1\n']);
    expect(stderr).toMatch(
      /^Kafka at 127\.0\.0\.1:1: .*Viewers will be notified within a minute after the server recovers\.$/m,
    );
    expect(await found(poll)).toMatchObject({ total_votes: 2 });
  });
});

describe('keys', () => {
  test('create needs the keys of the functions: its own, or those of npm start, which AWS does not have', async () => {
    const create = (name: string, more: Record<string, string>) =>
      operate('keys', ['create', name, '--json'], { ...env, DATA_FOLDER: folder, ...more });
    const missing = {
      exitCode: 1,
      stdout: '',
      stderr: 'The environment variable SIGNING_KEYS is not set.\n',
    };
    const folder = await mkdtemp(join(tmpdir(), 'poleparty-keys-'));
    const secret = 's'.repeat(32);
    expect(await create('one', {})).toEqual(missing);
    expect((await run('keys', 'list')).stdout).toBe('There are no keys.\n');
    const here = JSON.parse((await create('one', { SIGNING_KEYS: `k7:${secret}` })).stdout);
    expect(here).toMatchObject({ created: true, name: 'one', key: expect.stringMatching(/^k7\./) });

    const secrets = { VOTER_SECRET: secret, SIGNING_KEYS: `k8:${secret}` };
    await writeFile(join(folder, 'secrets.json'), JSON.stringify(secrets));
    expect(JSON.parse((await create('two', {})).stdout).key).toMatch(/^k8\./);
    expect(JSON.parse((await create('three', { SIGNING_KEYS: `k7:${secret}` })).stdout).key).toMatch(/^k7\./);
    const onAws = { POSTGRES_AUTH: 'iam', POSTGRES_TLS: 'off' };
    expect(await create('four', onAws)).toEqual(missing);
    await rm(folder, { recursive: true });
  });
});

test('replay that fails says that final results wait for it, a dry run does not', async () => {
  const args = ['--from', new Date().toISOString()];
  const away = { ...env, KAFKA_BROKERS: NOBODY_LISTENS };
  const failed = await operate('replay', args, away);
  expect(failed).toMatchObject({ exitCode: 1, stdout: '' });
  expect(failed.stderr).toMatch(/^Final results wait .*\nKafka at 127\.0\.0\.1:1: /m);
  const dry = await operate('replay', [...args, '--dry-run'], away);
  expect([dry.exitCode, dry.stderr.includes('Final results')]).toEqual([1, false]);
  const done = await run('replay', ...args);
  expect(done).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('Final results') });
  expect(await database.sql`select from replays`).toEqual([]);
});

test('status and replay name a replay that was stopped, with the command that ends it', async () => {
  await beginReplay(database.sql, Date.parse('2026-03-01T12:00:00Z'));
  const line =
    /^Final results wait for the replay from (\S+)\. It (?:made|has made no) progress .* npm run replay -- --from \1$/m;
  const running = await run('status', '--seconds', '0.1');
  expect(running.stdout).toMatch(
    /^Final .*\. It made progress \d+ s ago, so it may be running\. If it makes no further progress, run/m,
  );
  await database.sql`update replays set moved_at = now() - interval '10 minutes'`;
  const stopped = await run('status', '--seconds', '0.1');
  expect([stopped.exitCode, stopped.stdout]).toEqual([1, expect.stringMatching(line)]);
  expect(stopped.stdout).toMatch(
    / It has made no progress since \S+Z \(6\d\d s\), so it was probably stopped\. Run it again: /,
  );
  const json = JSON.parse((await run('status', '--seconds', '0.1', '--json')).stdout);
  expect(json.unfinished_replays).toEqual([
    { since: '2026-03-01T12:00:00.000Z', moved_at: expect.any(String), idle_seconds: expect.any(Number) },
  ]);

  const later = await run('replay', '--from', '2026-03-01T13:00:00Z');
  expect([later.exitCode, later.stdout]).toEqual([0, expect.stringMatching(line)]);
  const [, since = ''] = line.exec(later.stdout) ?? [];
  const ended = JSON.parse((await run('replay', '--from', since, '--json')).stdout);
  expect(ended.unfinished_replays).toEqual([]);
  const after = await run('status', '--seconds', '0.1');
  expect([after.exitCode, after.stdout]).toEqual([0, expect.not.stringMatching(line)]);
});

describe('polls', () => {
  test('show prints the whole poll, with hidden counts', async () => {
    const { sql } = database;
    const poll = await somePoll(sql, {
      resultsVisibility: 'after_close',
      allowChange: true,
      question: 'Tea\x1b?',
    });
    await tallyBallots(sql, batchOf([someBallot(poll), someBallot(poll, { choices: 0 })]));
    const { exitCode, stdout } = await run('polls', 'show', poll.id, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      poll: await found(poll),
      windows: [{ start: null, end: new Date(poll.expiredAt).toISOString() }],
      state_version: 1,
      announced_version: 1,
      votes: { stored: 2, withdrawn: 1 },
      waits_for: null,
    });
    const text = (await run('polls', 'show', poll.id)).stdout;
    expect(text).toMatch(/^Tea \?\n/);
    expect(text).toMatch(/^Place 0 +█+ 1$/m);
    expect(text).toMatch(/^stored +2 votes, 1 of them withdrawn$/m);
    expect(text).toMatch(/^viewers +have been notified/m);
  });

  test('a poll is named by its code, too', async () => {
    const poll = await somePoll(database.sql);
    const code = (await found(poll))?.code ?? '';
    const { stdout } = await run('polls', 'show', code.toLowerCase(), '--json');
    expect(JSON.parse(stdout)).toMatchObject({ poll: { id: poll.id } });
    expect((await run('rebuild', '--poll', code)).exitCode).toBe(0);
  });

  test('show counts one vote in the singular', async () => {
    const poll = await somePoll(database.sql);
    await tallyBallots(database.sql, batchOf([someBallot(poll)]));
    const text = (await run('polls', 'show', poll.id)).stdout;
    expect(text).toContain(`${poll.id} · open · 1 vote · version 2`);
    expect(text).toMatch(/^stored +1 vote, 0 of them withdrawn$/m);
  });

  test('close ends voting and notifies viewers; show prints what the results wait for, and that they are final', async () => {
    const { sql } = database;
    const poll = await somePoll(sql);
    const { exitCode, stdout } = await run('polls', 'close', poll.id, '--json');
    expect(exitCode).toBe(0);
    const closed = JSON.parse(stdout);
    expect(closed).toEqual({ poll: await found(poll), viewers_notified: true });
    expect(closed.poll).toMatchObject({ status: 'closing', is_final: false });
    expect(await isUnannounced()).toBe(false);
    const again = await run('polls', 'close', poll.id);
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: `Voting in “Where to?” ended at ${closed.poll.closed_at}.\n`,
    });

    const past = Date.parse(closed.poll.closed_at) + 60_000;
    const partitions = Array.from({ length: 12 }, (_, at) => at);
    await sql`delete from partition_progress`;
    for (const partition of partitions.slice(2)) {
      await tallyBallots(sql, { partition, ballots: [], end: { appendTime: past, offset: 0 } });
    }
    await tallyBallots(sql, { partition: 1, ballots: [], end: { appendTime: 1_000, offset: 0 } });
    const shown = await run('polls', 'show', poll.id, '--json');
    expect(JSON.parse(shown.stdout).waits_for).toEqual([
      { partition: 0, counted_until: null },
      { partition: 1, counted_until: '1970-01-01T00:00:01.000Z' },
    ]);
    const text = async () => (await run('polls', 'show', poll.id)).stdout;
    expect(await text()).toContain('wait for partitions 0 (never counted), 1 (counted until 1970');
    await sql`update partition_progress set append_time = ${past}`;
    await tallyBallots(sql, { partition: 0, ballots: [], end: { appendTime: past, offset: 0 } });
    expect(await text()).toContain('become final at the next scheduled run');
    await sql`update polls set is_final = true where poll_id = ${poll.id}`;
    expect(await text()).toContain('are final');
  });

  test('close works without a broker, and the schedule notifies viewers later', async () => {
    const poll = await somePoll(database.sql);
    const away = { ...env, KAFKA_BROKERS: NOBODY_LISTENS };
    const { exitCode, stdout, stderr } = await operate('polls', ['close', poll.id, '--json'], away);
    expect([exitCode, JSON.parse(stdout).viewers_notified]).toEqual([0, false]);
    expect(stderr).toContain('Viewers will be notified within a minute after the server recovers.');
    expect(await found(poll)).toMatchObject({ status: 'closing' });
    expect(await isUnannounced()).toBe(true);
    expect((await run('polls', 'show', poll.id)).stdout).toMatch(/^viewers +are waiting to be notified/m);
  });

  test('delete removes a poll and its votes with --yes', async () => {
    const { sql } = database;
    const poll = await somePoll(sql);
    await tallyBallots(sql, batchOf([someBallot(poll)]));
    const refused = await run('polls', 'delete', poll.id);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect(await found(poll)).toBeDefined();
    const { exitCode, stdout } = await run('polls', 'delete', poll.id, '--yes', '--json');
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, { deleted: true, viewers_notified: true }]);
    expect(await found(poll)).toBeUndefined();
    expect(await sql`select from deleted_polls where not is_announced`).toEqual([]);
  });
});
