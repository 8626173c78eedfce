import { createSupervisor } from '../../../lib/offline/servers/supervised.ts';

/** Supervises all servers that tests start; they end with the process of the tests at the latest. */
export const supervisor = createSupervisor();
