import type { EmulatorLog, Utils } from './serverlessTypes.ts';

const isRetried = (what: unknown) =>
  typeof what === 'object' && what !== null && 'retryable' in what && what.retryable === true;

/**
 * Suppresses the emulator's log of retryable failures: it prints 30 lines of "Unhandled exception" each time, while the
 * event source logs one line and retries.
 */
export function muteRetries({ log }: Utils): void {
  const emulator: EmulatorLog = log.levelRoot.get('serverless').get('plugin').get('serverless-offline');
  const write = emulator.error;
  let heading: unknown;
  const error = (what: unknown) => {
    // The emulator logs a line that names the function, then the error.
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
 * Suppresses the emulator's own output except for warnings and errors: it prints a table of routes and three lines for
 * each request.
 *
 * @returns a function that restores `console.log` for the functions; to be called after the start
 */
export function muteEmulator({ log }: Utils): () => void {
  log.levelRoot.isEnabled = false;
  const consoleLog = console.log;
  console.log = () => {};
  return () => {
    console.log = consoleLog;
  };
}
