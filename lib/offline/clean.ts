/** `npm run clean`: the next start finds no polls. */

import { existsSync } from 'node:fs';
import { localConfig } from '../config.ts';
import { claimFolder } from './claimFolder.ts';
import { removeData } from './removeData.ts';

const { dataFolder } = localConfig();
if (existsSync(dataFolder)) {
  claimFolder(dataFolder);
  await removeData(dataFolder);
}
console.log(`${dataFolder} holds no polls now.`);
