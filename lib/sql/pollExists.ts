import type { AnySql } from './client.ts';

export async function pollExists(sql: AnySql, pollId: string): Promise<boolean> {
  const found = await sql`select from polls where poll_id = ${pollId}::uuid`;
  return found.length > 0;
}
