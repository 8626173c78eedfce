/** `npm run watch`: shows the leaderboard or one poll in a terminal, and reconnects after server restarts. */
import { parseArgs } from 'node:util';
import { createClient, type LiveState, type PollState } from '../client/index.ts';
import { localConfig } from '../localConfig.ts';
import { drawBars } from './drawBars.ts';
import { countOf, printable } from './terminal.ts';

const HELP = `npm run watch [-- --poll ID] [-- --http URL --ws URL]

Shows the leaderboard or one poll (by its id or code) live. By default connects to the system of npm start:
http://localhost:$PORT (3000) and ws://localhost:$WEBSOCKET_PORT (3001).`;

function readArguments() {
  try {
    const { httpPort, websocketPort } = localConfig();
    return parseArgs({
      options: {
        poll: { type: 'string' },
        http: { type: 'string', default: `http://localhost:${httpPort}` },
        ws: { type: 'string', default: `ws://localhost:${websocketPort}` },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

const values = readArguments();

const what = values.poll === undefined ? 'the leaderboard' : `the poll ${values.poll}`;

/** A running system answers within this time. */
const TIMEOUT_MS = 5_000;

let hasShown = false;

/** Prints what the command waits for, each line once, while it has nothing to show or what it shows may be old. */
function explainWaits(onState: (listener: (state: LiveState) => void) => void): void {
  let state: LiveState = 'connecting';
  let said = '';
  onState((next) => {
    state = next;
  });
  setInterval(() => {
    const line = describeWait(state);
    if (line && line !== said) console.error(line);
    said = line;
  }, TIMEOUT_MS);
}

function describeWait(state: LiveState): string {
  if (state === 'live') return hasShown ? '' : `Connected to ${values.ws}; still waiting for ${what}.`;
  if (state === 'polling' && hasShown) return '';
  const also = state === 'polling' && values.poll !== undefined ? ` or an answer from ${values.http}` : '';
  return (
    `Still waiting for a connection to ${values.ws}${also}. Is the system running (npm start)? ` +
    'Set PORT and WEBSOCKET_PORT to its ports, or pass --http and --ws.'
  );
}

const CLEAR_SCREEN = '\x1b[2J\x1b[H';

function show(title: string, rows: string): void {
  hasShown = true;
  // A terminal redraws in place; pipes and logs get one block per state.
  console.log(`${process.stdout.isTTY ? CLEAR_SCREEN : ''}${title}\n\n${rows}\n`);
}

function describe({ poll, viewers, deleted }: PollState): string {
  if (deleted) return 'deleted';
  const votes = poll.total_votes === null ? 'hidden votes' : countOf(poll.total_votes, 'vote');
  return `${poll.status} · ${votes} · ${viewers} watching`;
}

function showPoll(state: PollState): void {
  const bars = state.poll.options.map(({ option_text, vote_count }) => ({
    label: option_text,
    votes: vote_count,
  }));
  show(`${printable(state.poll.question)}\n${describe(state)}`, drawBars(bars));
}

function fail(message: string): void {
  console.error(message);
  process.exit(1);
}

if (values.help) {
  console.log(HELP);
} else {
  console.log(`Waiting for ${values.ws} …`);
  const live = createClient(values).live();
  explainWaits((listener) => live.onState(listener));
  if (values.poll !== undefined) {
    live.watchPoll(values.poll, showPoll, { onError: (error) => fail(error.message) });
  } else {
    live.watchLeaderboard((board) => {
      const bars = board.map((entry) => ({
        label: `${entry.rank}. ${entry.option_text} · ${entry.poll_question}`,
        votes: entry.vote_count,
      }));
      show('Leaderboard', bars.length > 0 ? drawBars(bars) : 'No votes yet.');
    });
  }
}
