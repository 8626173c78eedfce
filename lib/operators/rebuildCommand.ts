import { RefusedError } from '../errors.ts';
import { announcePolls } from '../kafka/announcePolls.ts';
import { type Rebuilt, rebuildTallies } from '../sql/drift.ts';
import { readPollId, runCommand } from './command.ts';
import { SERVERS_HELP } from './servers.ts';
import { countOf } from './terminal.ts';
import { tryToAnnounce } from './tryToAnnounce.ts';

const help = `Recomputes the tallies of one poll from its stored votes. Notifies viewers if the tallies change. Safe to repeat.
Voting and counting continue while it runs.

  npm run rebuild -- --poll <id>     the id or code of the poll; prints the counts before and after
  npm run rebuild -- --poll <id> --json

${SERVERS_HELP}`;

function describe({ before, after, drift }: Rebuilt): string {
  const { question, total_votes, version } = after;
  if (drift.length === 0)
    return `“${question}” has ${countOf(total_votes ?? 0, 'vote')}. Its tallies are correct.`;
  const lines = drift.map(({ position, tallied, counted }) => {
    return `  ${after.options[position]?.option_text}: ${tallied.votes} → ${counted.votes}`;
  });
  const head = `“${question}”: ${before.total_votes} → ${countOf(total_votes ?? 0, 'vote')}, version ${before.version} → ${version}`;
  return [head, ...lines].join('\n');
}

await runCommand({
  help,
  options: { poll: { type: 'string' } },
  run: async ({ values }, { sql, producer, kafka }, progress) => {
    const pollId = await readPollId(sql, values.poll);
    progress.doing('Recounting the votes of this poll');
    const rebuilt = await rebuildTallies(sql, pollId);
    if (!rebuilt) throw new RefusedError('poll_not_found');
    const isChanged = rebuilt.drift.length > 0;
    if (isChanged)
      await tryToAnnounce(announcePolls(producer, kafka.standingsPartitions, [pollId]), progress);
    return { json: { changed: isChanged, ...rebuilt }, text: describe(rebuilt) };
  },
});
