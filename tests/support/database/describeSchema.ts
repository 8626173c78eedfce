import type { AnySql } from '../../../lib/sql/client.ts';

/** The schema as the catalog has it, in a form that a person can compare: what all migrations add up to. */
export async function describeSchema(sql: AnySql): Promise<string> {
  const tables = await sql<{ name: string; options: string | null }[]>`
    select oid::regclass::text as name, array_to_string(reloptions, ', ') as options
    from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'migrations'
    order by relname`;
  const texts = [];
  for (const { name, options } of tables) {
    const parts = [...(await columns(sql, name)), ...(await constraints(sql, name))];
    const body = parts.map((part) => `  ${part}`).join(',\n');
    texts.push(`create table ${name} (\n${body}\n)${options ? ` with (${options})` : ''};`);
    const rest = [...(await indexes(sql, name)), ...(await triggers(sql, name))];
    texts.push(...rest.map((one) => `${one};`), '');
  }
  return texts.join('\n');
}

async function columns(sql: AnySql, table: string): Promise<string[]> {
  const found = await sql<{ text: string }[]>`
    select concat_ws(
      ' ', attname, format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
      case when attidentity = 'a' then 'generated always as identity' end,
      case attgenerated when 's' then 'generated always as (' else 'default ' end
        || pg_get_expr(adbin, adrelid) || case attgenerated when 's' then ') stored' else '' end
    ) as text
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = ${table}::text::regclass and attnum > 0 and not attisdropped
    order by attnum`;
  return found.map(({ text }) => text);
}

async function constraints(sql: AnySql, table: string): Promise<string[]> {
  const found = await sql<{ text: string }[]>`
    select pg_get_constraintdef(oid) as text
    from pg_constraint where conrelid = ${table}::text::regclass and contype in ('p', 'u', 'c', 'f')
    order by contype, text`;
  return found.map(({ text }) => text);
}

async function indexes(sql: AnySql, table: string): Promise<string[]> {
  const found = await sql<{ text: string }[]>`
    select pg_get_indexdef(indexrelid) as text
    from pg_index
    where indrelid = ${table}::text::regclass
      and not exists (select from pg_constraint where conindid = indexrelid)
    order by text`;
  return found.map(({ text }) => text);
}

async function triggers(sql: AnySql, table: string): Promise<string[]> {
  const found = await sql<{ text: string }[]>`
    select pg_get_triggerdef(oid) as text
    from pg_trigger where tgrelid = ${table}::text::regclass and not tgisinternal
    order by text`;
  return found.map(({ text }) => text);
}
