import type { EmulatorLog, Utils } from '../serverlessTypes.ts';
import { importInternal } from './importInternal.ts';

const LOG = './utils/log.js';
const nothing = () => {};

const isRetried = (what: unknown) =>
  typeof what === 'object' && what !== null && 'retryable' in what && what.retryable === true;

/**
 * A log of warnings and errors, without errors that are retried: the emulator prints 30 lines of "Unhandled exception"
 * each time, while the event source logs one line and retries.
 */
export function quietLog(emulator: Pick<EmulatorLog, 'warning' | 'error'>): EmulatorLog {
  let heading: unknown;
  const error = (what: unknown) => {
    // The emulator logs a line that names the function, then the error.
    if (typeof what === 'string' && what.startsWith('Unhandled exception')) {
      heading = what;
      return;
    }
    if (!isRetried(what)) {
      if (heading) emulator.error(heading);
      emulator.error(what);
    }
    heading = undefined;
  };
  const warning = (...what: unknown[]) => emulator.warning(...what);
  return { debug: nothing, verbose: nothing, info: nothing, notice: nothing, warning, error };
}

/**
 * Suppresses the emulator's own output except for warnings and errors: it prints a table of routes and three lines for
 * each request. It gets a log that does nothing, because its own takes 4 % of a request's time to suppress 25 lines.
 *
 * @returns a function that restores `console.log` for the functions; to be called after the start
 */
export async function muteEmulator({ log, progress }: Utils): Promise<() => void> {
  log.levelRoot.isEnabled = false;
  await setEmulatorLog(log.levelRoot.get('serverless').get('plugin').get('serverless-offline'), progress);
  const consoleLog = console.log;
  console.log = nothing;
  return () => {
    console.log = consoleLog;
  };
}

/** Makes the emulator of this thread log warnings and errors only. */
export async function setEmulatorLog(
  emulator: Pick<EmulatorLog, 'warning' | 'error'>,
  progress?: object,
): Promise<void> {
  const { setLogUtils } = await importInternal(LOG);
  setLogUtils({ log: quietLog(emulator), progress });
}

/** Drops what functions log from now on. Those that still run during a stop would report that the servers are away. */
export function muteFunctions(): void {
  process.stdout.write = () => true;
}
