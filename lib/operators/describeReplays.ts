/** Says what final results wait for, and how to end it: a replay that was stopped says nothing itself.
 * @param since of replays that have not finished, as ISO 8601 */
export function describeUnfinished(since: string[]): string[] {
  return since.map(
    (time) =>
      `Final results wait for a replay since ${time} that has not finished. If it is not running: npm run replay -- --from ${time}`,
  );
}
