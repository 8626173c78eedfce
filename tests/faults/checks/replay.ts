import type { MSKRecord } from 'aws-lambda';
import { postgresConfig } from '../../../lib/config.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import { buildEvent } from '../../../lib/offline/event-source/mskEvent.ts';
import type { Sql } from '../../../lib/sql/client.ts';
import { reconcile } from '../../../lib/sql/drift.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { readBallots } from '../../../lib/votes/readBallots.ts';
import { copyDatabase, type FreshDatabase } from '../../support/database/database.ts';
import { type LoggedRecord, readTopic } from '../log.ts';
import type { ProxiedWorld } from '../worlds/world.ts';
import type { Finding } from './finding.ts';
import { checkDrift } from './votes.ts';

const BATCH = 1_000;

/** Counts the whole log once more, into a copy of the database that has its polls and no votes. The same rows are to
 * come out. Afterwards nothing serves any more. */
export async function checkReplay(world: ProxiedWorld): Promise<Finding[]> {
  await world.system.kill9();
  const records = await readTopic(world.kafka, topics.votes);
  const database = await emptyCopy(world);
  const copy = database.sql;
  try {
    for (const [partition, ofPartition] of byPartition(records)) await count(copy, partition, ofPartition);
    return [...(await compareRows(world, copy)), ...(await checkDrift(copy))];
  } finally {
    await database.end();
  }
}

async function emptyCopy({ postgres, sql }: ProxiedWorld): Promise<FreshDatabase> {
  const [{ name }] = await sql<[{ name: string }]>`select current_database() as name`;
  const config = postgresConfig({
    POSTGRES_HOST: '127.0.0.1',
    POSTGRES_PORT: `${postgres.port}`,
    POSTGRES_DB: name,
  });
  const database = await copyDatabase({ config });
  const copy = database.sql;
  await copy`truncate votes, partition_progress`;
  // As they were while their votes came: a poll whose results are final takes none.
  await copy`update polls set is_final = false`;
  await reconcile(copy, true);
  return database;
}

function byPartition(records: LoggedRecord[]): Map<number, LoggedRecord[]> {
  return Map.groupBy(records, ({ partition }) => partition);
}

async function count(copy: Sql, partition: number, records: LoggedRecord[]): Promise<void> {
  const origin = { eventSourceArn: '', bootstrapServers: '', topic: topics.votes, partition };
  for (let at = 0; at < records.length; at += BATCH) {
    const messages = records.slice(at, at + BATCH).map(({ message }) => message);
    const [batch = []] = Object.values(buildEvent(origin, messages).records);
    const { unreadable: _, waiting: __, ...ballots } = readBallots(batch as MSKRecord[]);
    await tallyBallots(copy, ballots);
  }
}

/** Without what tells when and where a vote was appended: a replay appends nothing. A vote that a clock ahead of the
 * others accepted, and whose poll was closed before that time came, was counted while the poll was open; a replay
 * finds it too late. */
async function compareRows({ sql, clock }: ProxiedWorld, copy: Sql): Promise<Finding[]> {
  const [was, is] = [await rowsOf(sql, clock.wasAhead()), await rowsOf(copy, false)];
  const findings: Finding[] = [];
  for (const [key, choices] of was) {
    const again = is.get(key);
    is.delete(key);
    if (again === choices) continue;
    findings.push({
      kind: 'wrong',
      said: `A replay makes ${again} of the vote ${key} for ${choices}.`,
      votes: 1,
    });
  }
  for (const key of is.keys())
    findings.push({ kind: 'lost', said: `A replay also counts ${key}.`, votes: 1 });
  return findings;
}

async function rowsOf(sql: Sql, onlyInTime: boolean): Promise<Map<string, number>> {
  const rows = await sql<{ key: string; choices: number }[]>`
    select poll_key || ' ' || voter_key as key, choices from votes join polls using (poll_key)
    where not ${onlyInTime}::boolean or windows @> (timestamptz 'epoch' + accepted_at * interval '1 microsecond')`;
  return new Map(rows.map(({ key, choices }) => [key, choices]));
}
