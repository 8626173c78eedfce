import { createInterface } from 'node:readline';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { readUuid } from '../domain/pollId.ts';
import { RefusedError, UsageError } from '../errors.ts';
import { describeFailure } from './describeFailure.ts';
import { type Progress, startProgress } from './progress.ts';
import { openServers, type Servers } from './servers.ts';

const COMMON = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>['values'];

export interface Given<Options extends ParseArgsOptionsConfig> {
  values: Values<Options>;
  /** What is no option. */
  words: string[];
}

export interface Answer {
  /** For programs. */
  json: unknown;
  /** For people. */
  text: string;
  /** Nothing failed, but all is not well. */
  isNo?: boolean;
}

export interface Command<Options extends ParseArgsOptionsConfig> {
  help: string;
  options: Options;
  /** At most so many, beside options. */
  words?: number;
  /** @throws {UsageError} when it was not called as its help says */
  run(given: Given<Options>, servers: Servers, progress: Progress): Promise<Answer>;
}

/**
 * Runs a command as its arguments say. Its answer goes to stdout, all else to stderr. Exit codes: 0 if all is well, 1
 * if it is not or the command failed, 2 if it was called wrongly.
 */
export async function runCommand<Options extends ParseArgsOptionsConfig>(
  command: Command<Options>,
): Promise<void> {
  // Who reads may stop early, as `head` does.
  process.stdout.on('error', () => {});
  const exitCode = await answer(command).catch((error) => {
    const isMisused = error instanceof UsageError;
    console.error(isMisused ? `${error.message}\n\n${command.help}` : describeFailure(error));
    return isMisused ? 2 : 1;
  });
  // What KafkaJS has open to a broker that hangs would keep us here.
  process.stdout.write('', () => process.exit(exitCode));
}

/** @returns the exit code */
async function answer<Options extends ParseArgsOptionsConfig>(command: Command<Options>): Promise<0 | 1> {
  const { values, words } = readArguments(command.options);
  if (values.help) {
    console.log(command.help);
    return 0;
  }
  const [surplus] = words.slice(command.words ?? 0);
  if (surplus !== undefined) throw new UsageError(`Unknown argument '${surplus}'.`);
  const given = { values, words };
  const { json, text, isNo = false } = await withServers((...means) => command.run(given, ...means));
  console.log(values.json ? JSON.stringify(json, null, 2) : printable(text));
  return isNo ? 1 : 0;
}

function readArguments<Options extends ParseArgsOptionsConfig>(own: Options) {
  const options: typeof COMMON = { ...own, ...COMMON };
  try {
    const { values, positionals: words } = parseArgs({ options, allowPositionals: true });
    return { values: values as typeof values & Values<Options>, words };
  } catch (cause) {
    // Node goes on with advice that fits no command of ours.
    const [message] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
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

/** Asks somebody on a terminal.
 * @returns whether they typed “yes”; whatever else they do is a no */
export async function confirm(
  question: string,
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<boolean> {
  output.write(`${question} Type “yes”: `);
  for await (const line of createInterface({ input })) return line.trim().toLowerCase() === 'yes';
  return false;
}

const CONTROLS_BUT_LINE_ENDS = /[^\P{Cc}\n]/gu;

/** Text for a terminal: what voters and owners have written could otherwise command it. */
export function printable(text: string): string {
  return text.replace(CONTROLS_BUT_LINE_ENDS, '\ufffd');
}

/** The id of a poll as somebody typed it. What is no UUID is a poll that does not exist.
 * @throws {UsageError} without any
 * @throws {RefusedError} `poll_not_found` */
export function readPollId(text: string | undefined): string {
  if (text === undefined) throw new UsageError('The id of a poll is missing.');
  const id = readUuid(text);
  if (!id) throw new RefusedError('poll_not_found');
  return id;
}
