import { UsageError } from '../errors.ts';
import { openVotesLog } from '../kafka/votesLog.ts';
import { runCommand } from './command.ts';
import { describeUnfinished } from './describeReplays.ts';
import { SERVERS_HELP } from './servers.ts';
import { type PartitionLag, readStatus, type Status } from './status.ts';

/** A vote usually counts within a second; the lag alarm in lib/infra/alarms.js has the same limit. */
const MAX_LAG_MS = 60_000;

const help = `Shows whether every vote is counted, how late, and who watches. Reads Kafka's offsets and PostgreSQL only.

  npm run status                     prints the present state; exit code 1 if a vote has waited for more than a minute,
                                     if a tally differs from its votes, or if final results wait for a replay
  npm run status -- --seconds 10     takes the rates over 10 seconds instead of 2
  npm run status -- --json           prints JSON

"counted" includes votes that were rejected or set aside. It checks a sample of the tallies; npm run reconcile checks all.

${SERVERS_HELP}`;

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 3_600) return seconds;
  throw new UsageError(`--seconds must be a number from 0.1 to 3600, not '${text}'.`);
}

const longest = (lag: PartitionLag[]) => Math.max(0, ...lag.map(({ ms }) => ms));

const hasProblem = ({ lag, drift, unfinished_replays }: Status) =>
  longest(lag) > MAX_LAG_MS || drift.options_that_differ > 0 || unfinished_replays.length > 0;

function describeLag(lag: PartitionLag[]): string[] {
  const behind = lag.filter(({ records }) => records > 0);
  if (behind.length === 0) return ['lag           none'];
  return behind.map(({ partition, records, ms }, at) => {
    const heading = at === 0 ? 'lag           ' : '              ';
    return `${heading}partition ${partition}: ${records} records, the first has waited for ${(ms / 1_000).toFixed(1)} s`;
  });
}

function describe(status: Status): string {
  const { accepted, counted, lag, watchers, dead_letters, drift, unfinished_replays } = status;
  const { polls_checked, options_that_differ } = drift;
  const drifted = options_that_differ === 0 ? 'none' : `${options_that_differ} options`;
  return [
    `accepted      ${accepted.per_second}/s, ${accepted.records} in total`,
    `counted       ${counted.per_second}/s, ${counted.records} in total`,
    ...describeLag(lag),
    `watchers      ${watchers}`,
    `dead letters  ${dead_letters}`,
    `drift         ${drifted} in ${polls_checked} checked polls`,
    ...describeUnfinished(unfinished_replays),
  ].join('\n');
}

await runCommand({
  help,
  options: { seconds: { type: 'string', default: '2' } },
  run: async ({ values: { seconds } }, { sql, client, kafka }, progress) => {
    const duration = readSeconds(seconds);
    progress.doing('Reading Kafka and PostgreSQL');
    const log = await openVotesLog(client, kafka);
    try {
      const status = await readStatus(sql, log, duration);
      return { json: status, text: describe(status), foundProblem: hasProblem(status) };
    } finally {
      await log.close();
    }
  },
});
