import { log } from '../log.ts';
import { meter } from '../metrics.ts';
import { createParts } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { sampleDrift } from '../sql/driftSample.ts';

const CHECK_MS = 30_000;
const MAX_LOGGED = 5;

/** Recounts some polls, so that a metric shows if a tally is wrong. Never throws: a failure is logged. */
export async function checkTallies(database: Database): Promise<void> {
  if (!meter().isOn) return;
  const { attempt } = createParts(CHECK_MS);
  await attempt('Checking tallies', async () => {
    const { drift } = await database.run(sampleDrift, CHECK_MS);
    meter().count('Drift', drift.length);
    if (drift.length > 0)
      log.error('Tallies differ from their votes; npm run reconcile shows all.', {
        first: drift.slice(0, MAX_LOGGED),
      });
  });
}
