import { monotonicMs } from '../clock.ts';
import { stopAllSupervised } from './servers/supervised.ts';
import { watchParents } from './watchParents.ts';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 };

/** A terminal's Ctrl-C reaches npm and us, and npm passes it on: what comes sooner is the same one. */
const SECOND_CTRL_C_MS = 1_000;

/**
 * Ends the servers and then this process on SIGINT, SIGTERM and SIGHUP, and when who started us is gone.
 *
 * @returns to be called when somebody else listens for SIGINT and SIGTERM, and will end the servers
 */
export function stopWhenTold(): () => void {
  const end = async (signal: 'SIGINT' | 'SIGTERM') => {
    await stopAllSupervised();
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

/** For who is in a hurry. The servers notice that we are gone, and end by themselves. */
function exitOnTheNext(): void {
  const first = monotonicMs();
  process.on('SIGINT', () => {
    if (monotonicMs() - first > SECOND_CTRL_C_MS) process.exit(EXIT_CODES.SIGINT);
  });
}
