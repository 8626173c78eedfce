import { clockFaults } from './clock.ts';
import { clusterFaults } from './cluster.ts';
import { diskFaults } from './disk.ts';
import type { Fault } from './fault.ts';
import { logFaults } from './log.ts';
import { networkFaults } from './network.ts';
import { processFaults } from './processes.ts';

export const everyFault: Fault[] = [
  ...processFaults,
  ...clusterFaults,
  ...networkFaults,
  ...logFaults,
  ...diskFaults,
  ...clockFaults,
];
