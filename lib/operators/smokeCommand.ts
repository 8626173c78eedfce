import { ApiError } from '../client/apiError.ts';
import { createClient } from '../client/index.ts';
import { messageOf, UsageError } from '../errors.ts';
import { creationKey } from '../localConfig.ts';
import { runCommand } from './command.ts';
import { type Step, walkThrough } from './smoke.ts';

const help = `Checks a running system from outside: creates a poll of its own, subscribes, votes by HTTP and by WebSocket, waits
until both are counted and shown, closes the poll and deletes it, also after a failure. Prints each step with its time.

  npm run smoke -- <http> <ws>       the addresses of both APIs, such as http://localhost:3000 ws://localhost:3001;
                                     exit code 1 if a step fails
  npm run smoke -- <http> <ws> --json

If creating polls needs a key, set CREATION_KEY. If votes need tokens (VOTER_AUTH=jwt), the steps that vote fail. No
other variables and no access to the servers are needed.`;

function readUrl(text: string | undefined, ...protocols: string[]): string {
  if (text !== undefined && protocols.includes(URL.parse(text)?.protocol ?? '')) return text;
  throw new UsageError(`An address with ${protocols.map((one) => `${one}//`).join(' or ')} is required.`);
}

/** The API's own error, or what is wrong with its address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof ApiError)) return messageOf(error);
  const { status, code } = error;
  if (code === 'network_error') return 'The API does not answer at this address.';
  if (code === 'timeout') return 'The API did not answer in time.';
  if (code === 'connection_lost') return 'The WebSocket connection was lost.';
  if (code === 'invalid_response')
    return `This is not the address of the API: it answered ${status} with an unexpected body.`;
  return `${status === 0 ? '' : `${status} `}${code}: ${messageOf(error)}`;
}

function describe({ name, ms, error }: Step): string {
  const line = `${error === undefined ? 'ok    ' : 'FAILED'}  ${`${Math.round(ms)}`.padStart(6)} ms  ${name}`;
  return error === undefined ? line : `${line}\n        ${reasonOf(error)}`;
}

await runCommand({
  help,
  options: {},
  maxPositionals: 2,
  isRemote: true,
  run: async ({ positionals: [http, ws] }) => {
    const urls = { http: readUrl(http, 'http:', 'https:'), ws: readUrl(ws, 'ws:', 'wss:') };
    const steps: Step[] = [];
    const options = { creationKey: creationKey(), onStep: (step: Step) => void steps.push(step) };
    const isSound = await walkThrough(createClient(urls), options);
    const total = Math.round(steps.reduce((sum, { ms }) => sum + ms, 0));
    const json = steps.map(({ name, ms, error }) => {
      return { step: name, ms: Math.round(ms), error: error === undefined ? null : reasonOf(error) };
    });
    const lines = [
      ...steps.map(describe),
      `${isSound ? 'It works' : 'It does not work'}; ${total} ms in total.`,
    ];
    return { json: { works: isSound, steps: json }, text: lines.join('\n'), foundProblem: !isSound };
  },
});
