/** `npm run clean`: deletes all local polls and votes. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PolePartyError } from '../errors.ts';
import { localConfig } from '../localConfig.ts';
import { startFault } from '../startFault.ts';
import { lockDataFolder } from './lockDataFolder.ts';
import { removeData } from './removeData.ts';

async function clean(folder: string): Promise<void> {
  try {
    if (existsSync(folder)) {
      lockDataFolder(folder);
      await removeData(folder);
    }
    console.log(`Deleted all polls and votes in ${folder}.`);
  } catch (error) {
    throw startFault(error, folder);
  }
}

try {
  await clean(resolve(localConfig().dataFolder));
} catch (error) {
  if (!(error instanceof PolePartyError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
