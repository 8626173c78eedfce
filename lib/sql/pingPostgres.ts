import type { AnySql } from './client.ts';

/** @throws whatever keeps a query from coming back */
export async function pingPostgres(sql: AnySql): Promise<void> {
  await sql`select 1`;
}
