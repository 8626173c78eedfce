import { appendFileSync } from 'node:fs';

appendFileSync(process.env.SEEN, `${JSON.stringify({ imported: true })}\n`);
