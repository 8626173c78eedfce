import { parseArgs } from 'node:util';
import { postgresConfig } from '../config.ts';
import { connect } from './client.ts';
import { reconcile } from './reconcile.ts';

const HELP = `Counts all stored votes again and compares with the tallies.

  npm run reconcile                 prints what differs as JSON; exit code 1 if anything does
  npm run reconcile -- --repair     sets the tallies right as well; counting waits meanwhile

The database is that of the POSTGRES_* variables.`;

function readArguments() {
  try {
    const flag = { type: 'boolean', default: false } as const;
    return parseArgs({ options: { repair: flag, help: flag } }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

const values = readArguments();
if (values.help) {
  console.log(HELP);
} else {
  const sql = connect(postgresConfig());
  try {
    const drift = await reconcile(sql, values.repair);
    console.log(JSON.stringify({ drift, repaired: values.repair && drift.length > 0 }, null, 2));
    if (drift.length > 0) process.exitCode = 1;
  } finally {
    await sql.end();
  }
}
