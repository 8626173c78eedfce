import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, type Sql } from '../../../lib/sql/client.ts';
import { migrate } from '../../../lib/sql/migrate.ts';
import { provision } from '../../../lib/sql/provision.ts';
import { configOf, type Login, sharedServer } from '../../support/database/database.ts';

/** A role like the master of Amazon RDS: it may create roles and databases, and is no superuser. */
async function masterOf(server: Login): Promise<Login> {
  const user = `master_${randomBytes(4).toString('hex')}`;
  const admin = connect(configOf(server, 'postgres', 1));
  await admin`create role rds_iam`.catch(() => {}); // another test may have made it
  await admin`create role ${admin(user)} login createrole createdb password ${admin.unsafe("'master'")}`;
  // As on RDS, where rds_superuser has it.
  await admin`grant rds_iam to ${admin(user)} with admin option`;
  await admin.end();
  return { ...server, user, password: 'master' };
}

describe.each([18, 14] as const)('on a new server of PostgreSQL %i', (version) => {
  const user = `app_${version}_${randomBytes(4).toString('hex')}`;
  const application = { user, database: `${user}_db` };
  let server: Login;
  let master: Sql;

  beforeAll(async () => {
    server = sharedServer(version);
    master = connect(configOf(await masterOf(server), 'postgres', 1));
  });
  afterAll(() => master.end());

  test('the master makes a role for IAM and a database that it owns, once', async () => {
    expect(await provision(master, application)).toEqual([
      `role ${user}`,
      `database ${application.database}`,
    ]);
    expect(await provision(master, application)).toEqual([]);
    const [made] = await master`
      select rolcanlogin, pg_has_role(rolname, 'rds_iam', 'member') as "byIam",
        (select datdba = pg_roles.oid from pg_database where datname = ${application.database}) as owns
      from pg_roles where rolname = ${user}`;
    expect(made).toEqual({ rolcanlogin: true, byIam: true, owns: true });
  });

  test('two calls at once agree', async () => {
    const both = { user: `${user}_2`, database: `${user}_2_db` };
    const other = connect(configOf({ ...server, ...(await masterOf(server)) }, 'postgres', 1));
    const made = await Promise.all([provision(master, both), provision(other, both).catch((error) => error)]);
    await other.end();
    expect(made.flat()).toContain(`database ${both.database}`);
  });

  test('the role can migrate its database', async () => {
    const admin = connect(configOf(server, 'postgres', 1));
    await admin`alter role ${admin(user)} password ${admin.unsafe("'poleparty'")}`;
    await admin.end();
    const sql = connect(configOf({ ...server, user }, application.database, 1));
    expect((await migrate(sql, '')).migrations.length).toBeGreaterThan(0);
    await sql.end();
  });

  test('an administrator can run what the README says for an existing one', async () => {
    const name = `${user}_by_hand`;
    const [, block = ''] = /```sql\n(.*?)```/s.exec(readFileSync('lib/infra/README.md', 'utf8')) ?? [];
    const statements = block.replaceAll('poleparty', name).match(/^ *[a-z].*?;/gm) ?? [];
    expect(statements).toHaveLength(5);
    for (const statement of statements) await master.unsafe(statement);
    const [made] = await master`
      select pg_has_role(${name}, 'rds_iam', 'member') as "byIam", pg_has_role(${name}, 'usage') as "masterToo",
        (select pg_get_userbyid(datdba) from pg_database where datname = ${name}) as owner`;
    expect(made).toEqual({ byIam: true, masterToo: false, owner: name });
  });
});
