import { runCommand } from './command.ts';
import { type ListedLetter, redrive } from './redrive.ts';
import { SERVERS_HELP } from './servers.ts';
import { countOf } from './terminal.ts';

const help = `Lists the dead letters in votes.dlq, and sends those that can be counted now back to the topic votes.

  npm run redrive                    lists each vote with the reason, and whether it can be sent now
  npm run redrive -- --send          sends every vote that can be sent; each counts exactly once; safe to repeat
  npm run redrive -- --json

Votes of an ended poll are not sent, because its results may be final: reopen the poll first. Votes of a poll that
was never in this database are not sent either.

${SERVERS_HELP}
Its consumer group is <KAFKA_TOPIC_PREFIX><KAFKA_GROUP_ID>-redrive-….`;

function describe({ offset, set_aside_at, stood_at, reason, obstacle }: ListedLetter): string {
  const place = stood_at ? `${stood_at.topic} ${stood_at.partition}/${stood_at.offset}` : 'an unknown place';
  const now = obstacle === null ? 'Can be sent now.' : `Cannot be sent: ${obstacle}`;
  return `${offset}  ${set_aside_at}  from ${place}  ${reason}  ${now}`;
}

await runCommand({
  help,
  options: { send: { type: 'boolean', default: false } },
  run: async ({ values: { send } }, servers, progress) => {
    progress.doing('Reading votes.dlq');
    const redriven = await redrive(servers, send, (done, of) => {
      progress.doing(`Processed ${done} of ${of} records of votes.dlq`);
    });
    const { sent, standing } = redriven;
    const ready = standing.filter((one) => one.can_be_sent).length;
    const summary = send
      ? `Sent ${countOf(sent, 'vote')}; ${standing.length} remain.`
      : `${countOf(standing.length, 'dead letter')}; ${ready} can be sent now.`;
    return { json: { sent, standing }, text: [...standing.map(describe), summary].join('\n') };
  },
});
