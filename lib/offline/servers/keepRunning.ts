import { setTimeout as sleep } from 'node:timers/promises';
import type { Supervised, Supervisor } from './supervised.ts';

/** If the restart fails too, its disk or port may be freed soon. */
const RETRY_MS = 5_000;

/**
 * Starts a server, and restarts it whenever it dies, until everything is stopped. Resolves when it first runs.
 *
 * @param start starts it, always on the same port and data
 * @param say prints a line for the user about each death
 */
export async function keepRunning(
  name: string,
  start: () => Promise<Supervised>,
  { isStopping }: Supervisor,
  say: (line: string) => void,
): Promise<void> {
  void watch(await start());

  async function watch(server: Supervised): Promise<void> {
    await server.exited;
    if (isStopping()) return;
    say(`${name} died; restarting it.`);
    const again = await restarted();
    if (!again) return;
    say(`${name} is running again.`);
    void watch(again);
  }

  async function restarted(): Promise<Supervised | undefined> {
    let said: string | undefined;
    while (!isStopping()) {
      try {
        return await start();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (!isStopping() && reason !== said) say(`${reason} ${name} will be restarted as soon as possible.`);
        said = reason;
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    return undefined;
  }
}
