import { runCommand } from './command.ts';
import { type ListedLetter, redrive } from './redrive.ts';
import { SERVERS_HELP } from './servers.ts';

const help = `Lists the votes that stand in votes.dlq because they could not be counted, and sends them again once they can.

  npm run redrive                    which they are, with the reason, and whether this version can read them
  npm run redrive -- --send          sends those that it can read; each counts once, as if it had never stood there
  npm run redrive -- --json

The votes of a poll that has ended stay, since its results may be final: reopen the poll first. So do those of a poll
that was never in this database.

${SERVERS_HELP}
It reads as a group of its own, <KAFKA_TOPIC_PREFIX><KAFKA_GROUP_ID>-redrive-….`;

function describe({ offset, set_aside_at, stood_at, reason, obstacle }: ListedLetter): string {
  const place = stood_at ? `${stood_at.topic} ${stood_at.partition}/${stood_at.offset}` : 'somewhere';
  const now = obstacle === null ? 'It can be sent now.' : `Still: ${obstacle}`;
  return `${offset}  ${set_aside_at}  from ${place}  ${reason}  ${now}`;
}

await runCommand({
  help,
  options: { send: { type: 'boolean', default: false } },
  run: async ({ values: { send } }, servers, progress) => {
    progress.doing('Looking for what stands in votes.dlq');
    const redriven = await redrive(servers, send, (done, of) => {
      progress.doing(`Looked at ${done} of ${of} records of votes.dlq`);
    });
    const { sent, standing } = redriven;
    const ready = standing.filter((one) => one.can_be_sent).length;
    const summary = send
      ? `Sent ${sent}; ${standing.length} stay.`
      : `${standing.length} stand there, of which ${ready} can be sent now.`;
    return { json: { sent, standing }, text: [...standing.map(describe), summary].join('\n') };
  },
});
