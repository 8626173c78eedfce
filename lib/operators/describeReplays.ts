import type { UnfinishedReplay } from '../sql/replays.ts';

/** Longer than a running replay takes for a batch before it fails. */
const STOPPED_AFTER_SECONDS = 120;

/** Says what final results wait for, whether it makes progress, and how to end it. Whether its process still runs is
 * unknown here, because it may be on another machine. */
export function describeUnfinished(replays: UnfinishedReplay[]): string[] {
  return replays.map(({ since, moved_at, idle_seconds }) => {
    const isIdle = idle_seconds > STOPPED_AFTER_SECONDS;
    const state = isIdle
      ? `It has made no progress since ${moved_at} (${idle_seconds} s), so it was probably stopped.`
      : `It made progress ${idle_seconds} s ago, so it may be running.`;
    const advice = isIdle ? 'Run it again' : 'If it makes no further progress, run it again';
    return `Final results wait for the replay from ${since}. ${state} ${advice}: npm run replay -- --from ${since}`;
  });
}
