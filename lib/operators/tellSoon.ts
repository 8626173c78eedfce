import { describeFailure } from './describeFailure.ts';
import type { Progress } from './progress.ts';

/** Waits until viewers are told of a change that is already made.
 * @returns whether they are; if not, the schedule does so, and says why */
export async function tellSoon(telling: Promise<void>, { say }: Progress): Promise<boolean> {
  try {
    await telling;
    return true;
  } catch (error) {
    say(`${describeFailure(error)} Viewers are told within a minute of its return.`);
    return false;
  }
}
