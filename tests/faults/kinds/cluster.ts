import type { Fault } from './fault.ts';
import { frozen, kill } from './processes.ts';

/** Two of three replicas suffice, so nothing may wait for the broker that is down. */
export const clusterFaults: Fault[] = [
  {
    name: 'one of three brokers killed',
    worlds: ['cluster'],
    lastsMs: [2_000, 6_000],
    recoversMeanwhile: true,
    inject: async ({ brokers }, random) => kill(random.pick(brokers)),
  },
  {
    name: 'one of three brokers frozen',
    worlds: ['cluster'],
    lastsMs: [500, 10_000],
    recoversMeanwhile: true,
    inject: async ({ brokers }, random) => frozen(random.pick(brokers).pid),
  },
  {
    name: 'three brokers restarted in turn',
    needsKafka: true,
    servesMeanwhile: true,
    worlds: ['cluster'],
    lastsMs: [0, 0],
    inject: async ({ brokers }) => {
      for (const broker of brokers) await broker.revive();
      return async () => {};
    },
  },
];
