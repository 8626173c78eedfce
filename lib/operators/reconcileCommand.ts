import { announcePolls } from '../kafka/announcePolls.ts';
import { reconcile } from '../sql/drift.ts';
import { runCommand } from './command.ts';
import { SERVERS_HELP } from './servers.ts';
import { tellSoon } from './tellSoon.ts';

const help = `Counts all stored votes again and compares with the tallies. Votes may come in meanwhile.

  npm run reconcile                  prints what differs, as JSON; exit code 1 if anything does
  npm run reconcile -- --repair      sets those tallies right as well, poll by poll, and has viewers told

${SERVERS_HELP}`;

await runCommand({
  help,
  options: { repair: { type: 'boolean', default: false } },
  run: async ({ values: { repair } }, { sql, producer, kafka }, progress) => {
    progress.doing('Counting all votes again');
    const drift = await reconcile(sql, repair, (done, of) =>
      progress.doing(`Put ${done} of ${of} polls right`),
    );
    const isRepaired = repair && drift.length > 0;
    if (isRepaired) {
      const polls = [...new Set(drift.map(({ poll_id }) => poll_id))];
      await tellSoon(announcePolls(producer, kafka.standingsPartitions, polls), progress);
    }
    const json = { drift, repaired: isRepaired };
    return { json, text: JSON.stringify(json, null, 2), isNo: drift.length > 0 };
  },
});
