/** `npm run clean`: the next start finds no polls. */

import { existsSync } from 'node:fs';
import { localConfig } from '../config.ts';
import { PolePartyError } from '../errors.ts';
import { claimFolder } from './claimFolder.ts';
import { removeData } from './removeData.ts';

try {
  const { dataFolder } = localConfig();
  if (existsSync(dataFolder)) {
    claimFolder(dataFolder);
    await removeData(dataFolder);
  }
  console.log(`${dataFolder} holds no polls now.`);
} catch (error) {
  if (!(error instanceof PolePartyError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
