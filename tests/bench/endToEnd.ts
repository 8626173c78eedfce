/** A vote's whole way through the emulator: HTTP, Kafka, the event source, the tally. */
import { setTimeout as delay } from 'node:timers/promises';
import { postgresConfig } from '../../lib/config.ts';
import type { Poll } from '../../lib/domain/poll.ts';
import { connect, type Sql } from '../../lib/sql/client.ts';
import { findPoll } from '../../lib/sql/findPoll.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { runLoad } from './load/run.ts';
import type { BenchRow } from './row.ts';
import { percentile } from './statistics.ts';

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 4;
const SECONDS = 10;
const COUNTED_PER_SECOND = 2_000;
/** Of the rate at which votes are accepted; the last are counted a little later. */
const KEPT_PACE = 0.95;
// Fine enough for milliseconds, and a question that costs Postgres some 100 µs.
const LOOK_EVERY_MS = 2;
const GIVE_UP_AFTER_MS = 60_000;
const HOUR_MS = 3_600_000;

interface Ballot {
  pollId: string;
  optionId: string;
}

interface Load {
  sentAt: number[];
  answeredAt: number[];
  /** How often another status came than the good one. */
  otherAnswers: Record<string, number>;
}

/** How many votes were counted by when. */
interface Look {
  at: number;
  counted: number;
}

const now = () => performance.timeOrigin + performance.now();

async function makePoll({ httpUrl }: System): Promise<Ballot> {
  const expired_at = new Date(Date.now() + HOUR_MS).toISOString();
  const response = await fetch(`${httpUrl}/polls`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question: 'How fast?', options: ['Fast', 'Faster'], expired_at }),
  });
  const { id, options } = (await response.json()) as Poll;
  return { pollId: id, optionId: options[0]?.option_id ?? '' };
}

function send({ httpUrl }: System, seconds: number, ...what: string[]): Promise<Load> {
  return runLoad('sendRequests.ts', new URL(httpUrl).port, CONNECTIONS, seconds, ...what);
}

function postVotes(system: System, { pollId, optionId }: Ballot, seconds: number): Promise<Load> {
  return send(system, seconds, `/polls/${pollId}/vote`, '202', optionId);
}

/** The emulator's limit: a function that returns at once, without Kafka and Postgres. */
function askForNothing(system: System, seconds: number): Promise<Load> {
  return send(system, seconds, '/nothing', '404');
}

/** Watches a poll's count until `load` is over and all its accepted votes are counted. */
async function watch(sql: Sql, pollId: string, load: Promise<Load>): Promise<Look[]> {
  const looks: Look[] = [];
  let accepted = Number.POSITIVE_INFINITY;
  let giveUpAt = Number.POSITIVE_INFINITY;
  load.then(({ sentAt }) => {
    accepted = sentAt.length;
    giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
  });
  while ((looks.at(-1)?.counted ?? 0) < accepted) {
    if (Date.now() > giveUpAt) throw new Error(`${looks.at(-1)?.counted} of ${accepted} votes were counted.`);
    const poll = await findPoll(sql, pollId, Date.now());
    looks.push({ at: now(), counted: poll?.total_votes ?? 0 });
    await delay(LOOK_EVERY_MS);
  }
  return looks;
}

/** When each vote was counted, first in first out: the k-th accepted is taken for the k-th counted. */
function countedAt(looks: Look[], votes: number): number[] {
  let look = 0;
  return Array.from({ length: votes }, (_, vote) => {
    while ((looks[look]?.counted ?? Number.POSITIVE_INFINITY) <= vote) look++;
    return looks[look]?.at ?? Number.NaN;
  });
}

/** @param times milliseconds, ascending */
function perSecond(times: number[]): number {
  return (times.length - 1) / (((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000);
}

function rows(nothing: Load, { sentAt, answeredAt, otherAnswers }: Load, looks: Look[]): BenchRow[] {
  const counted = countedAt(looks, sentAt.length);
  const since = (times: number[]) => times.map((time, vote) => time - (sentAt[vote] ?? 0));
  const [answer, count] = [since(answeredAt), since(counted)];
  const limit = perSecond(nothing.answeredAt);
  const accepted = perSecond(answeredAt);
  const rate = perSecond(counted);
  const keepsPace = rate >= KEPT_PACE * accepted;
  const goal = {
    goal: `≥ ${COUNTED_PER_SECOND}/s, as accepted`,
    met: rate >= COUNTED_PER_SECOND && keepsPace,
  };
  const refused = Object.values(otherAnswers).reduce((sum, one) => sum + one, 0);
  return [
    { name: `emulator alone, ${CONNECTIONS} connections`, value: limit, unit: 'requests/s' },
    { name: 'accepted', value: accepted, unit: 'votes/s', ratio: accepted / limit, of: 'emulator alone' },
    { name: 'counted', value: rate, unit: 'votes/s', ratio: rate / accepted, of: 'accepted', ...goal },
    { name: 'refused', value: refused, unit: 'votes' },
    { name: 'POST, p50', value: percentile(answer, 0.5), unit: 'ms' },
    { name: 'POST, p99', value: percentile(answer, 0.99), unit: 'ms' },
    { name: 'POST to counted, p50', value: percentile(count, 0.5), unit: 'ms' },
    { name: 'POST to counted, p99', value: percentile(count, 0.99), unit: 'ms' },
  ];
}

export default async function endToEnd(): Promise<BenchRow[]> {
  const system = await startSystem();
  const sql = connect(postgresConfig({ POSTGRES_PORT: `${system.ports.postgres}` }));
  try {
    const warmUp = await makePoll(system);
    await watch(sql, warmUp.pollId, postVotes(system, warmUp, WARM_UP_SECONDS));
    const nothing = await askForNothing(system, WARM_UP_SECONDS);
    const poll = await makePoll(system);
    const load = postVotes(system, poll, SECONDS);
    const looks = await watch(sql, poll.pollId, load);
    return rows(nothing, await load, looks);
  } finally {
    await sql.end();
    await system.stop();
  }
}
