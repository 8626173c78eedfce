import { statfs } from 'node:fs/promises';
import { StartError } from '../errors.ts';

/** A new cluster and a formatted broker take 60 MB; the rest is for write-ahead logs and votes. */
const MIN_FREE_MB = 300;

/** A restarted server needs space for its next segment and for recovery. */
export const MIN_TO_GO_ON_MB = 50;

/** @throws StartError if the disk of the folder has less free space than this */
export async function refuseFullDisk(folder: string, leastMb = MIN_FREE_MB): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeMb = Math.floor((bavail * bsize) / 2 ** 20);
  if (freeMb >= leastMb) return;
  throw new StartError(
    `The disk of ${folder} is full: ${freeMb} MB are free, but PostgreSQL and Kafka need ${leastMb} MB. ` +
      'Free some space, or set DATA_FOLDER to a folder on another disk.',
  );
}
