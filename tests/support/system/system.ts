import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../../../lib/offline/ports.ts';
import { type Launched, launch } from '../servers/launch.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const SERVERLESS = join(PROJECT, 'node_modules/.bin/serverless');
const RECENT_LINES = 60;

type Env = Record<string, string>;

export interface System {
  httpUrl: string;
  wsUrl: string;
  /** The ports of its servers. */
  ports: { postgres: number; kafka: number };
  dataFolder: string;
  readonly pid: number;
  /** All its output since the last start. */
  output(): string;
  /** The end of it, for a message. */
  recentOutput(): string;
  /** Its lines since the last call, also those of earlier starts and of starts that failed. */
  newLines(): string[];
  /** Ends the process that serves and counts at once, as a crash does; its servers find out by themselves. */
  kill9(): Promise<void>;
  /** Ends it as Ctrl-C does; its data stays. */
  interrupt(): Promise<void>;
  /** Starts it again on the same ports and data; ends it before, if it still runs.
   * @param more for this start's environment alone */
  restart(more?: Env): Promise<void>;
  /** Ends it as Ctrl-C does, and deletes its data. */
  stop(): Promise<void>;
}

/** The whole system as `npm start` brings it up, on free ports and with data of its own.
 * @param env more for its environment, such as `KAFKA_BROKERS` for brokers of your own */
export async function startSystem(env: Env = {}): Promise<System> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'poleparty-system-'));
  const [http, websocket, postgres, kafka] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const where = {
    PORT: `${http}`,
    WEBSOCKET_PORT: `${websocket}`,
    POSTGRES_PORT: `${postgres}`,
    KAFKA_PORT: `${kafka}`,
    DATA_FOLDER: dataFolder,
    ...env,
  };
  const removeData = () => rm(dataFolder, { recursive: true, force: true });
  const starts: Launched[] = [];
  /** How many lines of each start. */
  const taken: number[] = [];
  let running = await start(where, starts).catch(async (error) => {
    await removeData();
    throw error;
  });
  return {
    httpUrl: `http://localhost:${http}`,
    wsUrl: `ws://localhost:${websocket}`,
    ports: { postgres, kafka },
    dataFolder,
    get pid() {
      return running.pid;
    },
    output: () => running.output(),
    recentOutput: () => running.output().split('\n').slice(-RECENT_LINES).join('\n'),
    newLines: () =>
      starts.flatMap((launched, at) => {
        const from = taken[at] ?? 0;
        taken[at] = launched.lines.length;
        return launched.lines.slice(from);
      }),
    kill9: () => end(running, 'SIGKILL'),
    interrupt: () => end(running, 'SIGINT'),
    restart: async (more = {}) => {
      await end(running, 'SIGINT');
      running = await start({ ...where, ...more }, starts);
    },
    stop: async () => {
      await end(running, 'SIGINT');
      await removeData();
    },
  };
}

async function start(env: Env, starts: Launched[]): Promise<Launched> {
  const launched = launch([process.execPath, SERVERLESS, 'offline', 'start'], { cwd: PROJECT, env });
  starts.push(launched);
  await launched.said(/in total/);
  return launched;
}

async function end({ pid, hasExited, exited }: Launched, signal: NodeJS.Signals): Promise<void> {
  if (!hasExited()) process.kill(pid, signal);
  await exited;
}
