import { readCode } from '../domain/pollCode.ts';
import { readUuid } from '../domain/pollId.ts';
import type { AnySql } from './client.ts';
import type { Database } from './database.ts';

export type FindByCode = (code: string) => Promise<string | undefined>;

/** Returns the id of the poll that a client names by id or code. An id is taken as it is, whether or not its
 * poll exists.
 * @returns undefined for a malformed name or an unknown code */
export async function resolvePollId(
  name: string | undefined,
  findByCode: FindByCode,
): Promise<string | undefined> {
  const id = readUuid(name);
  if (id !== undefined || name === undefined) return id;
  const code = readCode(name);
  return code === undefined ? undefined : findByCode(code);
}

/** Like `resolvePollId`, by the code that the database has now. */
export async function findPollId(database: Database, name: string | undefined): Promise<string | undefined> {
  return resolvePollId(name, (code) => database.run((sql) => findPollByCode(sql, code)));
}

export async function findPollByCode(sql: AnySql, code: string): Promise<string | undefined> {
  const [row] = await sql<{ poll_id: string }[]>`select poll_id from polls where code = ${code}`;
  return row?.poll_id;
}
