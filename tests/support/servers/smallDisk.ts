import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '@jest/globals';

/** Only root may mount. Where `sudo` needs no password, as in continuous integration, it does. */
const AS_ROOT = process.getuid?.() === 0 ? [] : ['sudo', '-n'];

function asRoot(...command: string[]): void {
  const [program = '', ...args] = [...AS_ROOT, ...command];
  execFileSync(program, args, { stdio: 'pipe' });
}

const canMount = AS_ROOT.length === 0 || spawnSync('sudo', ['-n', 'true']).status === 0;
if (!canMount) {
  console.warn(
    'Full disks are not tried: only root may mount a small one, and sudo does not work without a password here.',
  );
}

/** A test that needs a small disk. */
export const testWithSmallDisk = canMount ? test : test.skip;

/** Mounts a disk in memory. A limit on the size of files, which needs no root, gives servers other errors, and leaves
 * the free space as it is.
 * @returns its folder */
export function mountDisk(bytes: number, { uid, gid }: { uid: number; gid: number }): string {
  const disk = mkdtempSync(join(tmpdir(), 'poleparty-disk-'));
  asRoot('mount', '-t', 'tmpfs', '-o', `size=${bytes},uid=${uid},gid=${gid}`, 'tmpfs', disk);
  return disk;
}

export function unmountDisk(disk: string): void {
  asRoot('umount', '--lazy', disk);
  rmSync(disk, { recursive: true, force: true });
}
