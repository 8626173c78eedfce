import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../clock.ts';
import type { LogExtent, VotesLog } from '../kafka/votesLog.ts';
import type { Sql } from '../sql/client.ts';
import { countConnections } from '../sql/connections.ts';
import { sampleDrift } from '../sql/driftSample.ts';
import { type PartitionProgress, readProgress } from '../sql/readProgress.ts';
import { listReplays, type UnfinishedReplay } from '../sql/replays.ts';

export interface PartitionLag {
  partition: number;
  /** Records that wait to be counted. */
  records: number;
  /** How long the first of them has waited, 0 if there is none. */
  ms: number;
}

/** The state of the system, from Kafka's offsets and Postgres alone. */
export interface Status {
  /** Records that reached the log: since its first one, and a second during the look. */
  accepted: Flow;
  /** Those of them that were counted, rejected or set aside. */
  counted: Flow;
  lag: PartitionLag[];
  /** Open WebSocket connections. */
  watchers: number;
  /** Records in `votes.dlq`, those that were sent again too. */
  dead_letters: number;
  /** The drift in a sample of polls. */
  drift: { polls_checked: number; options_that_differ: number };
  /** Replays that final results wait for. */
  unfinished_replays: UnfinishedReplay[];
}

export interface Flow {
  records: number;
  per_second: number;
}

interface Look {
  at: number;
  extents: LogExtent[];
  progress: Map<number, PartitionProgress>;
}

/** The log is read last: otherwise what was counted in between would seem to be counted before it was accepted. */
async function look(sql: Sql, log: VotesLog): Promise<Look> {
  const progress = new Map((await readProgress(sql)).map((one) => [one.partition, one]));
  return { at: monotonicMs(), extents: await log.extents(), progress };
}

/** The first record of a partition that was not counted yet. */
function nextOf({ partition, low, high }: LogExtent, progress: Look['progress']): number {
  const next = (progress.get(partition)?.offset ?? -1) + 1;
  // A rebuilt broker starts its offsets at 0 again.
  return next > high ? low : Math.max(low, next);
}

const sum = <T>(all: T[], numberOf: (one: T) => number) =>
  all.reduce((total, one) => total + numberOf(one), 0);
const acceptedIn = ({ extents }: Look) => sum(extents, ({ high }) => high);
const countedIn = ({ extents, progress }: Look) => sum(extents, (extent) => nextOf(extent, progress));

function flow(first: Look, last: Look, recordsIn: (look: Look) => number): Flow {
  const seconds = (last.at - first.at) / 1_000;
  const perSecond = (recordsIn(last) - recordsIn(first)) / seconds;
  return { records: recordsIn(last), per_second: Math.max(0, Math.round(perSecond * 10) / 10) };
}

async function lagIn({ extents, progress }: Look, log: VotesLog): Promise<PartitionLag[]> {
  const waiting = extents.flatMap((extent) => {
    const offset = nextOf(extent, progress);
    const appendedAfter = progress.get(extent.partition)?.appendTime ?? 0;
    return offset < extent.high ? [{ partition: extent.partition, offset, appendedAfter }] : [];
  });
  const ages = await log.ages(waiting);
  return extents
    .map((extent) => {
      const records = extent.high - nextOf(extent, progress);
      return { partition: extent.partition, records, ms: ages.get(extent.partition) ?? 0 };
    })
    .sort((a, b) => a.partition - b.partition);
}

/** Looks twice, so many seconds apart.
 * @throws what Postgres and Kafka throw */
export async function readStatus(sql: Sql, log: VotesLog, seconds: number): Promise<Status> {
  const first = await look(sql, log);
  await delay(seconds * 1_000);
  const last = await look(sql, log);
  const lag = await lagIn(last, log);
  const { polls, drift } = await sampleDrift(sql);
  return {
    accepted: flow(first, last, acceptedIn),
    counted: flow(first, last, countedIn),
    lag,
    watchers: await countConnections(sql),
    dead_letters: await log.deadLetters(),
    drift: { polls_checked: polls, options_that_differ: drift.length },
    unfinished_replays: await listReplays(sql),
  };
}
