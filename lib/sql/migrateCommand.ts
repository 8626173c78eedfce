import { postgresConfig } from '../config.ts';
import { connect } from './client.ts';
import { migrate } from './migrate.ts';

const sql = connect(postgresConfig());
try {
  const names = await migrate(sql);
  console.log(names.length === 0 ? 'The schema is up to date.' : `Applied ${names.join(', ')}.`);
} finally {
  await sql.end();
}
