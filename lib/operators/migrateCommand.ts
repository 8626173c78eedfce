import { type Migrated, migrate } from '../sql/migrate.ts';
import { runCommand } from './command.ts';
import { SERVERS_HELP } from './servers.ts';

const help = `Brings the database's schema up to date. Safe to repeat.

  npm run migrate
  npm run migrate -- --json

${SERVERS_HELP}`;

const describe = ({ migrations, ahead }: Migrated) => {
  if (ahead.length > 0)
    return `Nothing changed: the database has migrations that this version does not know: ${ahead.join(', ')}.`;
  return migrations.length === 0 ? 'The schema is up to date.' : `Applied ${migrations.join(', ')}.`;
};

await runCommand({
  help,
  options: {},
  run: async (_, { sql, kafka }) => {
    const migrated = await migrate(sql, kafka.topicPrefix);
    return { json: migrated, text: describe(migrated) };
  },
});
