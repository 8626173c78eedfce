import { postgresConfig } from '../config.ts';
import { migrate } from '../sql/migrate.ts';
import { refuseSharedSessions } from '../sql/refuseSharedSessions.ts';
import { runCommand } from './command.ts';
import { SERVERS_HELP } from './servers.ts';

const help = `Brings the database's schema up to date. Again does no harm.

  npm run migrate
  npm run migrate -- --json

${SERVERS_HELP}`;

await runCommand({
  help,
  options: {},
  run: async (_, { sql }) => {
    await refuseSharedSessions(postgresConfig());
    const migrations = await migrate(sql);
    const text = migrations.length === 0 ? 'The schema is up to date.' : `Applied ${migrations.join(', ')}.`;
    return { json: { migrations }, text };
  },
});
