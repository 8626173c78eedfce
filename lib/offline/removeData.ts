import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The embedded servers' folders in the data folder. */
export const serverFolders = { postgres: 'postgres', kafka: 'kafka' };

/** Deletes the data of the embedded servers: all polls and votes. Keeps Kafka's jars and the secrets. */
export async function removeData(dataFolder: string): Promise<void> {
  for (const folder of Object.values(serverFolders)) {
    await rm(join(dataFolder, folder), { recursive: true, force: true });
  }
}
