import type { MSKRecord } from 'aws-lambda';
import type { AnySql } from '../sql/client.ts';
import { readBallots, type UnreadableRecord } from './readBallots.ts';

/** Some 10 MB. */
const MOST_KNOWN = 100_000;

export const NEVER_HERE = 'Its poll was never in this database.';

/**
 * Finds ballots of polls that were never in this database: of another system on the same topics, or of a database that
 * was put back to an earlier state. They are no rejections: somebody may still count them.
 *
 * A poll that was here once was here for ever, also when it is deleted, so Postgres is asked once for each.
 *
 * @param lookUp asks which of these polls were never here
 * @returns a function that is given the records of a batch and the ids of all polls in it, 32 hex digits each
 */
export function strayFinder(lookUp: (sql: AnySql, pollIds: string[]) => Promise<string[]>) {
  const known = new Set<string>();

  async function findUnknown(sql: AnySql, pollIds: string[]): Promise<Set<string>> {
    const asked = pollIds.filter((id) => !known.has(id));
    if (asked.length === 0) return new Set();
    const unknown = new Set(await lookUp(sql, asked));
    if (known.size + asked.length > MOST_KNOWN) known.clear();
    for (const id of asked) if (!unknown.has(id)) known.add(id);
    return unknown;
  }

  return async (sql: AnySql, records: MSKRecord[], pollIds: string[]): Promise<UnreadableRecord[]> => {
    const unknown = await findUnknown(sql, pollIds);
    if (unknown.size === 0) return [];
    const isStray = (record: MSKRecord) =>
      readBallots([record]).ballots.some(({ pollId }) => unknown.has(pollId));
    return records.filter(isStray).map((record) => ({ record, reason: NEVER_HERE }));
  };
}
