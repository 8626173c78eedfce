import { spawnSync } from 'node:child_process';
import { isAlive } from '../../../lib/offline/processes.ts';
import { processAndChildren, resume } from '../../support/servers/serverProcesses.ts';
import type { Server } from '../worlds/world.ts';
import type { Fault } from './fault.ts';

/** A file that may not grow looks like a full disk to a server. A real small disk would need root. */
function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  for (const one of processAndChildren(pid)) {
    spawnSync('prlimit', ['--pid', `${one}`, `--fsize=${bytes}:`]);
  }
}

function fullDisk(name: string, serverOf: (world: { postgres: Server; brokers: Server[] }) => Server): Fault {
  return {
    name,
    worlds: ['proxied'],
    lastsMs: [500, 6_000],
    whyNot: () => (spawnSync('prlimit', ['--version']).error ? 'prlimit is not there' : undefined),
    inject: async (world) => {
      const server = serverOf(world);
      const { pid } = server;
      if (pid === undefined) return async () => {};
      limitFiles(pid, 1);
      return async () => {
        if (isAlive(pid)) limitFiles(pid, 'unlimited');
        // Another fault may have frozen it.
        resume(pid);
        // A server that cannot write its log exits, and is restarted once there is space.
        await server.revive();
      };
    },
  };
}

export const diskFaults = [
  fullDisk('disk of PostgreSQL full', ({ postgres }) => postgres),
  fullDisk('disk of Kafka full', ({ brokers: [broker] }) => {
    if (!broker) throw new Error('There is no broker.');
    return broker;
  }),
];
