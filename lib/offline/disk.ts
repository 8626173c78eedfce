import { statfs } from 'node:fs/promises';
import { StartError } from '../errors.ts';

/** A new cluster and a formatted broker take 60 MB; the rest is for write-ahead logs and for votes. */
const MIN_FREE_MB = 300;

/** What runs already needs room for its next segment, and to recover what it was writing. */
export const MIN_TO_GO_ON_MB = 50;

/** @throws StartError when the folder's disk is full, or as good as full */
export async function refuseFullDisk(folder: string, leastMb = MIN_FREE_MB): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeMb = Math.floor((bavail * bsize) / 2 ** 20);
  if (freeMb >= leastMb) return;
  throw new StartError(
    `The disk of ${folder} is full: ${freeMb} MB are free, and PostgreSQL and Kafka need ${leastMb}. ` +
      'Free some space, or set DATA_FOLDER to a folder on another disk.',
  );
}
