import { setTimeout as sleep } from 'node:timers/promises';
import { isStopping, type Supervised } from './supervised.ts';

/** When a server dies and cannot be started either, somebody may be freeing its disk or port. */
const RETRY_MS = 5_000;

/**
 * Starts a server, and again whenever it dies before everything is stopped.
 *
 * @param start starts it on the same port and data as before
 * @param say gets a line for the user about each death
 * @returns once it runs for the first time
 */
export async function keepRunning(
  name: string,
  start: () => Promise<Supervised>,
  say: (line: string) => void,
): Promise<void> {
  void watch(await start());

  async function watch(server: Supervised): Promise<void> {
    await server.exited;
    if (isStopping()) return;
    say(`${name} died and is started again.`);
    const again = await restarted();
    if (!again) return;
    say(`${name} is back.`);
    void watch(again);
  }

  async function restarted(): Promise<Supervised | undefined> {
    let said: string | undefined;
    while (!isStopping()) {
      try {
        return await start();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (!isStopping() && reason !== said)
          say(`${reason} ${name} is started again as soon as that is possible.`);
        said = reason;
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    return undefined;
  }
}
