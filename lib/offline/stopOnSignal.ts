import { monotonicMs } from '../clock.ts';
import type { Supervisor } from './servers/supervised.ts';
import { watchParents } from './watchParents.ts';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 };

/** A terminal sends Ctrl-C to npm and to this process, and npm forwards it, so one Ctrl-C can arrive twice. */
const SECOND_CTRL_C_MS = 1_000;

/**
 * Stops the servers and then this process on SIGINT, SIGTERM and SIGHUP, and when the parent process has ended.
 *
 * @returns a function that hands over SIGINT and SIGTERM to another listener, which then has to stop the servers
 */
export function stopOnSignal(supervisor: Supervisor): () => void {
  const end = async (signal: 'SIGINT' | 'SIGTERM') => {
    await supervisor.stopAll();
    process.exit(EXIT_CODES[signal]);
  };
  const terminate = () => process.kill(process.pid, 'SIGTERM');
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', terminate);
  watchParents(terminate);
  return () => {
    process.off('SIGINT', end).off('SIGTERM', end);
    process.once('SIGINT', exitOnTheNext);
  };
}

/** Exits at once on a second Ctrl-C. The guards of the servers notice that and stop them. */
function exitOnTheNext(): void {
  const first = monotonicMs();
  process.on('SIGINT', () => {
    if (monotonicMs() - first > SECOND_CTRL_C_MS) process.exit(EXIT_CODES.SIGINT);
  });
}
