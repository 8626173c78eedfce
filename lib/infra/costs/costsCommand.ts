/** `npm run costs`: prints the tables of COSTS.md, in US dollars. */
import { costTables } from './costTables.ts';

console.log(costTables().join('\n\n'));
