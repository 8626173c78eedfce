import { randomUUID } from 'node:crypto';
import type { MSKRecord } from 'aws-lambda';
import type { Kafka } from 'kafkajs';
import { monotonicMs } from '../clock.ts';
import type { KafkaConfig } from '../config.ts';
import type { Ballot } from '../domain/ballot.ts';
import { GRACE_MS } from '../domain/closing.ts';
import { type VoteFacts, voteStatus } from '../domain/voteStatus.ts';
import { announcePolls } from '../kafka/announcePolls.ts';
import { toLambdaRecord } from '../kafka/lambdaRecord.ts';
import type { RecordPosition, SettlingProducer } from '../kafka/producer.ts';
import { readLog } from '../kafka/readLog.ts';
import { topics, topicsOf } from '../kafka/topics.ts';
import type { AnySql, Sql } from '../sql/client.ts';
import { withPostgresDeadline } from '../sql/database.ts';
import { readProgress } from '../sql/readProgress.ts';
import { findUnknownPolls } from '../sql/redriven.ts';
import {
  beginReplay,
  endReplay,
  listReplays,
  noteReplayMoves,
  raiseBoardVersions,
  reviseUnfinished,
  type UnfinishedReplay,
} from '../sql/replays.ts';
import { type RepeatHistory, tallyBallots } from '../sql/tallyBallots.ts';
import { findVoteFacts } from '../sql/voteFacts.ts';
import { moveToDeadLetters, unknownPollRecordFinder } from '../votes/deadLetters.ts';
import { readBallots } from '../votes/readBallots.ts';

export interface ReplayDeps {
  sql: Sql;
  client: Kafka;
  producer: SettlingProducer;
  kafka: KafkaConfig;
}

export interface Replayed {
  /** Ballots that were read from the log, of any outcome. */
  ballots: number;
  /** Of those, the ones that were missing and count. A dry run counts each of a voter's ballots. */
  missing: number;
  /** Of those, the ones of polls that are not in this database. */
  unknown: number;
  /** Polls whose results had become final without votes that the restore took away; they become final again. */
  finalsUndone: number;
  /** Partitions of `votes` that may have lost records that are missing, because they were kept no longer. */
  cutPartitions: number[];
  /** Other replays that final results wait for. */
  unfinishedReplays: UnfinishedReplay[];
}

/** Kafka's clock, which stamps the log, may differ from the clock that the backup's time was read from. */
const CLOCK_MARGIN_MS = 30_000;

/** A batch usually takes tens of milliseconds. */
const TIMEOUT_MS = 60_000;

export interface ReplayReport {
  /** From now on, final results wait for the replay. */
  begun(): void;
  /** Some of these records are done. */
  replayed(done: number, of: number): void;
}

/** How often a replay records its progress for npm run status. It costs one write a second. */
const NOTE_EVERY_MS = 1_000;

/** A position past every record: counting has passed the ballots that are judged here, or is about to. */
const END = { appendTime: Number.MAX_SAFE_INTEGER, offset: Number.MAX_SAFE_INTEGER };

/**
 * Counts the votes again that the log got since `from`, for a database that was restored to that moment. It reads the
 * log itself and counts by the statement that always counts, so a vote that is counted already changes nothing. Final
 * results wait for its end; if it fails, they wait until it is repeated.
 *
 * It also counts the votes that waited to be counted at that moment, if counting has not gone on since: the database's
 * own progress says where they begin.
 *
 * Votes of polls that are not in this database go to the dead letters, as they do when they are counted for the first
 * time. Records that cannot be read were put there then.
 *
 * @param from milliseconds since 1970
 * @param isDry only tells what it would do
 * @param report tells how far it is
 * @throws {UnavailableError}
 */
export async function replay(
  deps: ReplayDeps,
  from: number,
  isDry: boolean,
  report: ReplayReport = { begun: () => {}, replayed: () => {} },
): Promise<Replayed> {
  const { sql, client, kafka } = deps;
  const since = from - CLOCK_MARGIN_MS;
  // Before anything is counted, because counting moves it.
  const starts = await findStarts(sql, since);
  const all = { ballots: 0, missing: 0, unknown: 0, finalsUndone: 0 };
  const replayId = isDry ? undefined : await beginReplay(sql, since);
  if (!isDry) report.begun();
  const noteMove = replayId === undefined ? async () => {} : moveNoter(sql, replayId);
  if (!isDry) {
    all.finalsUndone = await reviseUnfinished(sql, since, GRACE_MS, noteMove);
    await raiseBoardVersions(sql, kafka.standingsPartitions);
  }
  const replayBatch = batchReplayer(deps, since, isDry);
  let done = 0;
  const votes = {
    topic: topicsOf(kafka.topicPrefix).votes,
    groupId: `${kafka.topicPrefix}${kafka.groupId}-replay-${randomUUID()}`,
    since: starts,
  };
  const { cutPartitions } = await readLog(client, votes, async (partition, messages, of) => {
    const records = messages.map((message) => toLambdaRecord(topics.votes, partition, message));
    const batch = await replayBatch(records);
    all.ballots += batch.ballots;
    all.missing += batch.missing;
    all.unknown += batch.unknown;
    done += records.length;
    await noteMove();
    report.replayed(done, of);
  });
  const unfinishedReplays = await (replayId === undefined ? listReplays(sql) : endReplay(sql, replayId));
  return { ...all, cutPartitions, unfinishedReplays };
}

function moveNoter(sql: AnySql, replayId: number) {
  let notedAt = monotonicMs();
  return async () => {
    if (monotonicMs() - notedAt < NOTE_EVERY_MS) return;
    notedAt = monotonicMs();
    await withPostgresDeadline(() => noteReplayMoves(sql, replayId), TIMEOUT_MS);
  };
}

/** Finds where the votes begin that the database lacks. A partition that was never counted is missing. */
async function findStarts(sql: AnySql, since: number): Promise<Map<number, number>> {
  const progress = await readProgress(sql);
  return new Map(progress.map(({ partition, appendTime }) => [partition, Math.min(since, appendTime)]));
}

function batchReplayer({ sql, producer, kafka }: ReplayDeps, since: number, isDry: boolean) {
  const findUnknownPollRecords = unknownPollRecordFinder(findUnknownPolls);
  const repeats: RepeatHistory = new Map();

  return async (records: MSKRecord[]) => {
    const { unreadable: _, waiting: __, ...batch } = readBallots(records);
    const pollIds = [...new Set(batch.ballots.map(({ pollId }) => pollId))];
    const ask = <T>(query: () => Promise<T>) => withPostgresDeadline(query, TIMEOUT_MS);
    const ofUnknownPolls = await ask(() => findUnknownPollRecords(sql, records, pollIds));
    const missing = await ask(() => countMissing(sql, batch.ballots, since));
    const outcome = { ballots: batch.ballots.length, missing, unknown: ofUnknownPolls.length };
    if (isDry) return outcome;
    // Before counting: if the command dies, its repetition may begin where counting has come to.
    await moveToDeadLetters(producer, ofUnknownPolls);
    await ask(() => tallyBallots(sql, batch, repeats));
    if (missing > 0) await announcePolls(producer, kafka.standingsPartitions, pollIds);
    return outcome;
  };
}

type PlacedBallot = Ballot & RecordPosition;

/** Counts voters with a ballot that would count now. */
async function countMissing(sql: AnySql, ballots: PlacedBallot[], since: number): Promise<number> {
  if (ballots.length === 0) return 0;
  const facts = await findVoteFacts(sql, ballots);
  const voters = new Set<string>();
  ballots.forEach((ballot, at) => {
    const known = facts[at];
    if (known && isMissing(ballot, asReplayed(known, since)))
      voters.add(`${ballot.pollId} ${ballot.voterKey}`);
  });
  return voters.size;
}

function isMissing(ballot: PlacedBallot, facts: VoteFacts): boolean {
  return voteStatus({ ...ballot, isWithdrawal: ballot.choices === 0 }, facts).status === 'accepted';
}

/** The facts as a replay finds them: it takes back results that became final since then. */
function asReplayed({ poll, standing }: VoteFacts, since: number): VoteFacts {
  const end = Math.max(...(poll?.windows ?? []).map((window) => window.end));
  const isFinal = poll?.isFinal === true && end < since - GRACE_MS;
  return { poll: poll && { ...poll, isFinal }, standing, progress: END };
}
