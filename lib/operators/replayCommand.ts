import { readTime } from '../contract/inputs.ts';
import { UsageError } from '../errors.ts';
import { runCommand } from './command.ts';
import { describeUnfinished } from './describeReplays.ts';
import { type Replayed, replay } from './replay.ts';
import { SERVERS_HELP } from './servers.ts';
import { countOf } from './terminal.ts';

const help = `Counts votes again from the log, for a database that was restored to an earlier moment. Safe to repeat.

  npm run replay -- --from 2026-03-01T12:00:00Z --dry-run   prints what is missing, and changes nothing
  npm run replay -- --from 2026-03-01T12:00:00Z             counts it

--from is the time that the database was restored to, or an earlier one. Votes that were not yet counted at that time are
counted too, however old they are. To restore:

  1. Stop counting: on AWS disable the event source mapping of tallyVotes (aws lambda update-event-source-mapping
     --no-enabled --uuid …). Votes are still accepted, and wait in the log. With your own servers, stop npm start.
  2. Restore the database, and run npm run migrate.
  3. Run this command. It reads the log itself, so no consumer group has to be moved.
  4. Start counting again only when it has finished.

If counting continued after the restore, the database no longer knows which votes were not yet counted at that time. Then
--from must be a time before the oldest of them was accepted. With such a time, the command may run while counting
continues, with one exception: if a voter votes again before the command counts their missing vote, the later vote stands.
Results that became final without the missing votes are no longer final, and become final again when the command has
finished. If it fails or is stopped, final results wait until you run it again; npm run status says so.

The log cannot bring back polls that were created after that time (their votes go to votes.dlq), or what owners changed,
closed or deleted after it.

${SERVERS_HELP}
Its consumer group is <KAFKA_TOPIC_PREFIX><KAFKA_GROUP_ID>-replay-….`;

function readFrom(text: string | undefined): number {
  const from = readTime(text ?? '');
  if (from === undefined)
    throw new UsageError('--from must be a time with an offset, such as 2026-03-01T12:00:00Z.');
  return from;
}

function describe(
  { ballots, missing, unknown, finalsUndone, cutPartitions, unfinishedReplays }: Replayed,
  isDry: boolean,
): string {
  const lines = [
    `Read ${countOf(ballots, 'ballot')} from the log.`,
    isDry
      ? `At most ${countOf(missing, 'vote')} would be counted.`
      : `Counted ${countOf(missing, 'missing vote')}.`,
  ];
  if (unknown > 0)
    lines.push(
      `Found ${countOf(unknown, 'ballot')} for polls that are not in this database; see npm run redrive.`,
    );
  if (finalsUndone > 0)
    lines.push(`The schedule makes the results of ${countOf(finalsUndone, 'poll')} final again.`);
  if (cutPartitions.length > 0)
    lines.push(
      `Partitions that may have lost votes: ${cutPartitions.join(', ')}. The log no longer has their oldest records.`,
    );
  return [...lines, ...describeUnfinished(unfinishedReplays)].join('\n');
}

await runCommand({
  help,
  options: { from: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
  run: async ({ values }, servers, progress) => {
    const isDry = values['dry-run'];
    const from = readFrom(values.from);
    progress.doing('Reading the log');
    let hasBegun = false;
    const report = {
      begun: () => {
        hasBegun = true;
      },
      replayed: (done: number, of: number) => progress.doing(`Replayed ${done} of ${of} records`),
    };
    const replayed = await replay(servers, from, isDry, report).catch((error) => {
      if (hasBegun) progress.say('Final results wait until this command succeeds.');
      throw error;
    });
    const { finalsUndone, cutPartitions, unfinishedReplays, ...counts } = replayed;
    return {
      json: {
        dry_run: isDry,
        ...counts,
        finals_undone: finalsUndone,
        cut_partitions: cutPartitions,
        unfinished_replays: unfinishedReplays,
      },
      text: describe(replayed, isDry),
    };
  },
});
