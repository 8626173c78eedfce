import { announcePolls } from '../kafka/announcePolls.ts';
import { reconcile } from '../sql/drift.ts';
import { runCommand } from './command.ts';
import { SERVERS_HELP } from './servers.ts';
import { tryToAnnounce } from './tryToAnnounce.ts';

const help = `Recounts all stored votes and compares them with the tallies. Safe to run while people vote.

  npm run reconcile                  prints the differences as JSON; exit code 1 if there are any
  npm run reconcile -- --repair      also corrects the tallies, poll by poll, and notifies viewers

${SERVERS_HELP}`;

await runCommand({
  help,
  options: { repair: { type: 'boolean', default: false } },
  run: async ({ values: { repair } }, { sql, producer, kafka }, progress) => {
    progress.doing('Recounting all votes');
    const drift = await reconcile(sql, repair, (done, of) =>
      progress.doing(`Corrected ${done} of ${of} polls`),
    );
    const isRepaired = repair && drift.length > 0;
    if (isRepaired) {
      const polls = [...new Set(drift.map(({ poll_id }) => poll_id))];
      await tryToAnnounce(announcePolls(producer, kafka.standingsPartitions, polls), progress);
    }
    const json = { drift, repaired: isRepaired };
    return { json, text: JSON.stringify(json, null, 2), foundProblem: drift.length > 0 };
  },
});
