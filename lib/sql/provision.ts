import type { Sql } from './client.ts';

/** An arbitrary advisory lock: roles and databases cannot be created "if not exists". */
const LOCK = 5_004_712;

/** What the functions use of a server. */
export interface Application {
  user: string;
  database: string;
}

/**
 * Makes the functions' role and database on a new server, as far as they are missing. The role logs in by IAM alone: it
 * has no password.
 *
 * @param master a single connection of a role that may create roles and databases; it need not be a superuser
 * @returns what was made
 */
export async function provision(master: Sql, { user, database }: Application): Promise<string[]> {
  const made: string[] = [];
  await master`select pg_advisory_lock(${LOCK}::bigint)`;
  try {
    const [role] = await master`select from pg_roles where rolname = ${user}`;
    if (!role) {
      await master`create role ${master(user)} login`;
      made.push(`role ${user}`);
    }
    await master`grant rds_iam to ${master(user)}`;
    const [present] = await master`select from pg_database where datname = ${database}`;
    if (present) return made;
    // Only members of a role can create what it owns, and since PostgreSQL 16 creating a role does not make its creator
    // such a member.
    await master`grant ${master(user)} to current_user`;
    // Not in a transaction, which PostgreSQL refuses.
    await master`create database ${master(database)} owner ${master(user)}`;
    return [...made, `database ${database}`];
  } finally {
    await master`select pg_advisory_unlock(${LOCK}::bigint)`;
  }
}
