import { OPTIONS } from '../contract/limits.ts';
import { RefusedError, UsageError } from '../errors.ts';
import { topicPartitions } from '../kafka/cluster.ts';
import { topicsOf } from '../kafka/topics.ts';
import { announceChanges } from '../polls/announceChanges.ts';
import { changePoll } from '../polls/changePoll.ts';
import { removePoll } from '../polls/deletePoll.ts';
import { findPoll } from '../sql/findPoll.ts';
import { type Answer, confirm, readPollId, runCommand } from './command.ts';
import type { Progress } from './commandProgress.ts';
import { createPollOverHttp } from './createPollOverHttp.ts';
import { SERVERS_HELP, type Servers } from './servers.ts';
import { describePoll, showPoll } from './showPoll.ts';
import { countOf, printable } from './terminal.ts';
import { tryToAnnounce } from './tryToAnnounce.ts';

const help = `Creates, shows, closes or deletes one poll. The poll owner's token is not needed.

  npm run polls -- create "Tea or coffee?" Tea Coffee --for 10m
                                     prints the id, code, link and owner's token of a new poll
  npm run polls -- show <id>         prints the poll, including counts that voters cannot see, and what its final
                                     results wait for
  npm run polls -- close <id>        ends voting now; safe to repeat
  npm run polls -- delete <id>       deletes the poll and its votes; asks for confirmation unless --yes is given
  npm run polls -- show <id> --json  prints JSON; works with every action

create asks the HTTP API, on a laptop and on AWS alike: that of npm start (http://localhost:$PORT), or the one that
--http names, such as https://….execute-api.eu-central-1.amazonaws.com. The poll ends after --for (1h by default;
30s, 10m, 1h30m, 7d). Where creating needs a key (CREATE_AUTH=key), set CREATION_KEY to one of npm run keys.
All other actions use the servers directly, and take the id of a poll or its code.

${SERVERS_HELP}`;

function announce({ sql, producer, kafka }: Servers, progress: Progress): Promise<boolean> {
  return tryToAnnounce(announceChanges(sql, producer, kafka.standingsPartitions), progress);
}

async function show(pollId: string, { sql, client, kafka }: Servers, progress: Progress): Promise<Answer> {
  progress.doing('Counting the stored votes of this poll');
  const shown = await showPoll(sql, () => topicPartitions(client, topicsOf(kafka.topicPrefix).votes), pollId);
  return { json: shown, text: describePoll(shown) };
}

async function close(pollId: string, servers: Servers, progress: Progress): Promise<Answer> {
  const { poll } = await changePoll(servers.sql, pollId, { closed: true });
  const viewers_notified = await announce(servers, progress);
  return {
    json: { poll, viewers_notified },
    text: `Voting in “${poll.question}” ended at ${poll.closed_at}.`,
  };
}

async function remove(
  pollId: string,
  servers: Servers,
  progress: Progress,
  isSure: boolean,
): Promise<Answer> {
  if (!isSure && !process.stdin.isTTY)
    throw new UsageError('No terminal to ask for confirmation. Pass --yes to delete without asking.');
  const poll = await findPoll(servers.sql, pollId);
  if (!poll) throw new RefusedError('poll_not_found');
  const question = `Permanently delete “${poll.question}” and its ${countOf(poll.total_votes ?? 0, 'vote')}?`;
  if (!isSure && !(await confirm(printable(question)))) {
    return { json: { deleted: false }, text: 'Nothing was deleted.', foundProblem: true };
  }
  await removePoll(servers.sql, pollId);
  const viewers_notified = await announce(servers, progress);
  return { json: { deleted: true, viewers_notified }, text: `“${poll.question}” was deleted.` };
}

const ACTIONS = new Map([
  ['show', show],
  ['close', close],
  ['delete', remove],
]);

await runCommand({
  help,
  options: {
    yes: { type: 'boolean', default: false },
    for: { type: 'string', default: '1h' },
    http: { type: 'string' },
  },
  maxPositionals: 2 + OPTIONS.max,
  run: async ({ values, positionals: [action = '', ...rest] }, servers, progress) => {
    if (action === 'create') return createPollOverHttp(rest, values.for, values.http);
    const act = ACTIONS.get(action);
    if (!act) throw new UsageError('Expected create, show, close or delete; the last three take a poll id.');
    const [id, surplus] = rest;
    if (surplus !== undefined) throw new UsageError(`Unknown argument '${surplus}'.`);
    return act(await readPollId(servers.sql, id), servers, progress, values.yes);
  },
});
