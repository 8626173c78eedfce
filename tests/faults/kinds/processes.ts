import { once } from 'node:events';
import { until } from '../../../lib/concurrency/deadline.ts';
import { isAlive } from '../../../lib/offline/processes.ts';
import { freeze, freezeAlone, resume, signal } from '../../support/servers/serverProcesses.ts';
import { type Server, type World, type WorldName, worldNames } from '../worlds/world.ts';
import type { Fault, Heal } from './fault.ts';

const AGAIN_WITHIN_MS = 90_000;
const BACKEND_WITHIN_MS = 2_000;
const ONE_BROKER: WorldName[] = ['proxied', 'embedded'];
const EVERYWHERE: WorldName[] = [...worldNames];

/** Another fault may have frozen it. */
async function kill9({ pid, kill9 }: Server): Promise<void> {
  if (pid !== undefined) resume(pid);
  await kill9();
}

export async function kill(server: Server): Promise<Heal> {
  await kill9(server);
  return () => server.revive();
}

/** Another fault of the round may have ended the process already. */
export function frozen(pid: number | undefined): Heal {
  const goOn = pid !== undefined && isAlive(pid) ? freeze(pid) : () => {};
  return async () => goOn();
}

/** Its servers may still be restarting; then it exits with a message, and is started again until it stays up. */
const startAgain = (world: World) => until(() => world.system.restart(), AGAIN_WITHIN_MS);

/** The process of one connection of the functions; undefined while another fault keeps PostgreSQL from answering. */
async function someBackend({ sql }: World): Promise<number | undefined> {
  const asked = sql<{ pid: number }[]>`
    select pid from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
    order by state_change desc limit 1`;
  const timeout = AbortSignal.timeout(BACKEND_WITHIN_MS);
  const found = await Promise.race([asked, once(timeout, 'abort')]).catch(() => []);
  return found[0]?.pid;
}

export const processFaults: Fault[] = [
  {
    name: 'broker killed',
    worlds: ONE_BROKER,
    lastsMs: [0, 3_000],
    inject: async ({ brokers }, random) => kill(random.pick(brokers)),
  },
  {
    name: 'broker frozen',
    resumes: true,
    worlds: ONE_BROKER,
    lastsMs: [300, 12_000],
    inject: async ({ brokers }, random) => frozen(random.pick(brokers).pid),
  },
  {
    name: 'postmaster killed',
    worlds: EVERYWHERE,
    lastsMs: [0, 3_000],
    inject: ({ postgres }) => kill(postgres),
  },
  {
    name: 'postmaster frozen',
    resumes: true,
    worlds: EVERYWHERE,
    lastsMs: [300, 12_000],
    inject: async ({ postgres }) => frozen(postgres.pid),
  },
  {
    name: 'backend killed',
    worlds: EVERYWHERE,
    lastsMs: [0, 300],
    inject: async (world) => {
      const pid = await someBackend(world);
      if (pid) signal(pid, 'SIGKILL');
      return async () => {};
    },
  },
  {
    name: 'backend frozen',
    resumes: true,
    worlds: EVERYWHERE,
    lastsMs: [300, 15_000],
    inject: async (world) => {
      const pid = await someBackend(world);
      return frozen(pid);
    },
  },
  {
    name: 'npm start killed',
    worlds: EVERYWHERE,
    ofSystem: true,
    restartsSystem: true,
    lastsMs: [0, 3_000],
    inject: async (world) => {
      await world.system.kill9();
      return () => startAgain(world);
    },
  },
  {
    name: 'npm start frozen',
    resumes: true,
    worlds: EVERYWHERE,
    ofSystem: true,
    lastsMs: [300, 12_000],
    inject: async ({ system }) => {
      const goOn = freezeAlone(system.pid);
      return async () => goOn();
    },
  },
  {
    name: 'npm start stopped',
    worlds: EVERYWHERE,
    ofSystem: true,
    restartsSystem: true,
    lastsMs: [0, 0],
    inject: async (world) => {
      await world.system.interrupt();
      return () => startAgain(world);
    },
  },
  {
    name: 'everything killed',
    worlds: EVERYWHERE,
    ofSystem: true,
    restartsSystem: true,
    lastsMs: [0, 2_000],
    inject: async (world) => {
      const servers = world.name === 'embedded' ? [] : [world.postgres, ...world.brokers];
      await Promise.all([world.system.kill9(), ...servers.map(kill9)]);
      return async () => {
        await Promise.all(servers.map((server) => server.revive()));
        await startAgain(world);
      };
    },
  },
];
