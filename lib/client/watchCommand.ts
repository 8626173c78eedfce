/** `npm run watch`: shows the leaderboard or one poll in a terminal, and reconnects after server restarts. */
import { parseArgs } from 'node:util';
import { drawBars, printable } from './drawBars.ts';
import { createClient, type PollState } from './index.ts';

const HELP = `npm run watch [-- --poll ID] [-- --http URL --ws URL]

Shows the leaderboard or one poll live. By default connects to http://localhost:3000 and ws://localhost:3001.`;

function readArguments() {
  try {
    return parseArgs({
      options: {
        poll: { type: 'string' },
        http: { type: 'string', default: 'http://localhost:3000' },
        ws: { type: 'string', default: 'ws://localhost:3001' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

const values = readArguments();

const CLEAR_SCREEN = '\x1b[2J\x1b[H';

function show(title: string, rows: string): void {
  // A terminal redraws in place; pipes and logs get one block per state.
  console.log(`${process.stdout.isTTY ? CLEAR_SCREEN : ''}${title}\n\n${rows}\n`);
}

function describe({ poll, viewers, deleted }: PollState): string {
  if (deleted) return 'deleted';
  const votes = poll.total_votes === 1 ? '1 vote' : `${poll.total_votes ?? 'hidden'} votes`;
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
