import type { Progress } from './commandProgress.ts';
import { describeFailure } from './describeFailure.ts';

/** Waits until viewers are notified of a change that is already committed.
 * @returns false if that failed; the failure is printed, and the schedule notifies them later */
export async function tryToAnnounce(announcing: Promise<void>, { say }: Progress): Promise<boolean> {
  try {
    await announcing;
    return true;
  } catch (error) {
    say(`${describeFailure(error)} Viewers will be notified within a minute after the server recovers.`);
    return false;
  }
}
