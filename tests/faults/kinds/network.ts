import type { Random } from '../random.ts';
import type { Disturbance, FaultyProxy } from '../worlds/faultyProxy.ts';
import type { World } from '../worlds/world.ts';
import type { Fault } from './fault.ts';

const directions = ['requests', 'answers', 'both'] as const;

const disturbances: Record<string, (random: Random) => Disturbance> = {
  'delays bytes': (random) => ({ does: 'delay', ms: random.whole(20, 2_000) }),
  'holds bytes back': (random) => ({ does: 'hold', direction: random.pick(directions) }),
  'cuts answers': () => ({ does: 'cut' }),
  'half-closes': () => ({ does: 'half-close' }),
  'refuses connections': () => ({ does: 'refuse' }),
};

const targets: Record<string, (world: World, random: Random) => FaultyProxy[]> = {
  'to PostgreSQL': (world) => (world.name === 'embedded' ? [] : [world.postgres.proxy]),
  // Of three brokers, the way to one is disturbed or to all.
  'to Kafka': (world, random) => {
    const proxies = world.name === 'embedded' ? [] : world.brokers.map(({ proxy }) => proxy);
    return random.percent(50) ? proxies : [random.pick(proxies)];
  },
};

function networkFault(target: string, does: string): Fault {
  return {
    name: `network ${target} ${does}`,
    worlds: ['proxied', 'cluster'],
    lastsMs: [200, 9_000],
    network: target,
    inject: async (world, random) => {
      const disturbance = disturbances[does]?.(random);
      const proxies = targets[target]?.(world, random) ?? [];
      for (const proxy of proxies) proxy.disturb(disturbance);
      return async () => {
        for (const proxy of proxies) proxy.disturb(undefined);
      };
    },
  };
}

export const networkFaults: Fault[] = Object.keys(targets).flatMap((target) =>
  Object.keys(disturbances).map((does) => networkFault(target, does)),
);
