import type { Utils } from './serverlessTypes.ts';

/**
 * Leaves the terminal to our own few lines and to warnings and errors: the emulator prints a table of routes,
 * and three lines for each request.
 *
 * @returns to be called when it has started: then `console.log` speaks again, for the functions
 */
export function quiet({ log }: Utils): () => void {
  log.levelRoot.isEnabled = false;
  const speak = console.log;
  console.log = () => {};
  return () => {
    console.log = speak;
  };
}
