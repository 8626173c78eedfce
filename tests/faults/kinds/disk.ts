import { spawnSync } from 'node:child_process';
import { isAlive } from '../../../lib/offline/processes.ts';
import { processAndChildren } from '../../support/servers/serverProcesses.ts';
import type { Server } from '../worlds/world.ts';
import type { Fault } from './fault.ts';

/** To a server, a file that may not grow is a disk that is full. A disk of its own would take root's rights. */
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
      limitFiles(pid, 1);
      return async () => {
        if (isAlive(pid)) limitFiles(pid, 'unlimited');
        // A server that cannot write its log ends itself, and comes back when somebody has made room.
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
