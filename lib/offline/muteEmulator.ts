import type { EmulatorLog, Utils } from './serverlessTypes.ts';

const isRetried = (what: unknown) =>
  typeof what === 'object' && what !== null && 'retryable' in what && what.retryable === true;

/**
 * Has the emulator say nothing of an invocation that failed because a server is away: it prints 30 lines each
 * time, under "Unhandled exception", and the event source says the same in one, and tries again.
 */
export function muteRetries({ log }: Utils): void {
  const emulator: EmulatorLog = log.levelRoot.get('serverless').get('plugin').get('serverless-offline');
  const write = emulator.error;
  let heading: unknown;
  const error = (what: unknown) => {
    // First comes a line that names the function, then what it threw.
    if (typeof what === 'string' && what.startsWith('Unhandled exception')) {
      heading = what;
      return;
    }
    if (!isRetried(what)) {
      if (heading) write(heading);
      write(what);
    }
    heading = undefined;
  };
  Object.defineProperty(emulator, 'error', { value: error });
}

/**
 * Leaves the terminal to our own few lines and to warnings and errors: the emulator prints a table of routes,
 * and three lines for each request.
 *
 * @returns to be called when it has started: then `console.log` speaks again, for the functions
 */
export function muteEmulator({ log }: Utils): () => void {
  log.levelRoot.isEnabled = false;
  const speak = console.log;
  console.log = () => {};
  return () => {
    console.log = speak;
  };
}
