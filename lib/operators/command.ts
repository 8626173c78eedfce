import { createInterface } from 'node:readline';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { messageOf, RefusedError, UsageError } from '../errors.ts';
import { logTo } from '../log.ts';
import type { Sql } from '../sql/client.ts';
import { findPollByCode, resolvePollId } from '../sql/findPollId.ts';
import { type Progress, startProgress } from './commandProgress.ts';
import { describeFailure } from './describeFailure.ts';
import { openServers, type Servers } from './servers.ts';
import { printableLines } from './terminal.ts';

const COMMON = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>['values'];

export interface Given<Options extends ParseArgsOptionsConfig> {
  values: Values<Options>;
  /** Positional arguments. */
  positionals: string[];
}

export interface Answer {
  /** Printed with `--json`. */
  json: unknown;
  /** Printed otherwise. */
  text: string;
  /** The command worked but found a problem, such as drift. Exit code 1. */
  foundProblem?: boolean;
}

export interface Command<Options extends ParseArgsOptionsConfig> {
  help: string;
  options: Options;
  /** Maximum number of positional arguments. */
  maxPositionals?: number;
  /** @throws {UsageError} if the arguments are not those of the help text */
  run(given: Given<Options>, servers: Servers, progress: Progress): Promise<Answer>;
  isRemote?: false;
}

/** A command that uses the APIs alone, so that the servers' variables are not read. */
export interface RemoteCommand<Options extends ParseArgsOptionsConfig>
  extends Omit<Command<Options>, 'run' | 'isRemote'> {
  run(given: Given<Options>): Promise<Answer>;
  isRemote: true;
}

type AnyCommand<Options extends ParseArgsOptionsConfig> = Command<Options> | RemoteCommand<Options>;

/**
 * Runs a command with the arguments of the process. Prints the answer to stdout and everything else to stderr. Exit
 * codes: 0 success, 1 problem found or command failed, 2 wrong usage.
 */
export async function runCommand<Options extends ParseArgsOptionsConfig>(
  command: AnyCommand<Options>,
): Promise<void> {
  // The reader may close the pipe early, as `head` does.
  process.stdout.on('error', () => {});
  // On stdout, as in functions, log lines would break the answer's JSON.
  logTo(process.stderr);
  const exitCode = await answer(command).catch((error) => {
    const isMisused = error instanceof UsageError;
    console.error(isMisused ? `${error.message}\n\n${command.help}` : describeFailure(error));
    return isMisused ? 2 : 1;
  });
  // KafkaJS's open connection to a broker that hangs would keep the process alive.
  process.stdout.write('', () => process.exit(exitCode));
}

/** @returns the exit code */
async function answer<Options extends ParseArgsOptionsConfig>(command: AnyCommand<Options>): Promise<0 | 1> {
  const { values, positionals } = readArguments(command.options);
  if (values.help) {
    print(command.help);
    return 0;
  }
  const [surplus] = positionals.slice(command.maxPositionals ?? 0);
  if (surplus !== undefined) throw new UsageError(`Unknown argument '${surplus}'.`);
  const given = { values, positionals };
  const {
    json,
    text,
    foundProblem = false,
  } = await (command.isRemote ? command.run(given) : withServers((...tools) => command.run(given, ...tools)));
  print(values.json ? JSON.stringify(json, null, 2) : printableLines(text));
  return foundProblem ? 1 : 0;
}

const print = (answer: string) => process.stdout.write(`${answer}\n`);

function readArguments<Options extends ParseArgsOptionsConfig>(own: Options) {
  const options: typeof COMMON = { ...own, ...COMMON };
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    return { values: values as typeof values & Values<Options>, positionals };
  } catch (cause) {
    // Node's second sentence is advice that fits none of these commands.
    const [message] = messageOf(cause).split(/(?<=\.) /);
    throw new UsageError(`${message}`, { cause });
  }
}

async function withServers<T>(work: (servers: Servers, progress: Progress) => Promise<T>): Promise<T> {
  const servers = openServers();
  const progress = startProgress((line) => console.error(line));
  try {
    return await work(servers, progress);
  } finally {
    progress.stop();
    await servers.close();
  }
}

/** Asks for confirmation on a terminal.
 * @returns true only for the answer “yes” */
export async function confirm(
  question: string,
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<boolean> {
  output.write(`${question} Type “yes”: `);
  for await (const line of createInterface({ input })) return line.trim().toLowerCase() === 'yes';
  return false;
}

/** Reads the id or code of a poll from the command line.
 * @returns the id, whether or not its poll exists
 * @throws {UsageError} if it is missing
 * @throws {RefusedError} `poll_not_found` if it is malformed, or a code of no poll */
export async function readPollId(sql: Sql, text: string | undefined): Promise<string> {
  if (text === undefined) throw new UsageError('A poll id is required.');
  const id = await resolvePollId(text, (code) => findPollByCode(sql, code));
  if (!id) throw new RefusedError('poll_not_found');
  return id;
}
