import type { UnfinishedReplay } from '../sql/replays.ts';

/** Longer than a running replay takes for a batch before it fails. */
const STOPPED_AFTER_SECONDS = 120;

/** Says what final results wait for, whether it gets on, and how to end it. That its process is gone cannot be seen
 * from here: it may run on another machine. */
export function describeUnfinished(replays: UnfinishedReplay[]): string[] {
  return replays.map(({ since, moved_at, idle_seconds }) => {
    const isIdle = idle_seconds > STOPPED_AFTER_SECONDS;
    const state = isIdle
      ? `has not got on since ${moved_at}, ${idle_seconds} s ago, so it was probably stopped`
      : `got on ${idle_seconds} s ago, so it may be running`;
    const advice = isIdle ? 'Repeat it' : 'If it gets on no more, repeat it';
    return `Final results wait for a replay since ${since} that ${state}. ${advice}: npm run replay -- --from ${since}`;
  });
}
