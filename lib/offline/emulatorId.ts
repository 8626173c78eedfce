import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The name by which Kafka knows the consumers of this folder's starts, one after the other: a start that was killed
 * is still among the members of its groups for some seconds, and the next one has to know its own. */
export async function emulatorId(folder: string): Promise<string> {
  const file = join(folder, 'emulator-id');
  const kept = await readFile(file, 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (kept) return kept;
  const id = `poleparty-emulator-${randomUUID()}`;
  await writeFile(file, id);
  return id;
}
