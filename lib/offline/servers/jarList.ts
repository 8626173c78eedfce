import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Jar {
  groupId: string;
  artifactId: string;
  version: string;
  /** Its name in our flat folder, for a class path of `folder/*`. */
  file: string;
  sha256: string;
}

/** Reads a list with lines of `{sha256}  {groupId}:{artifactId}:{version}`, and comments. */
export async function readJarList(list: string): Promise<Jar[]> {
  const lines = (await readFile(list, 'utf8')).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(readLine);
}

function readLine(line: string): Jar {
  const [sha256 = '', coordinates = ''] = line.split('  ');
  const [groupId = '', artifactId = '', version = ''] = coordinates.split(':');
  return { groupId, artifactId, version, sha256, file: `${artifactId}-${version}.jar` };
}

export function isIntact(jar: Jar, bytes: Uint8Array): boolean {
  return hash('sha256', bytes) === jar.sha256;
}

/** Whether the folder holds every jar of the list as it should be: 0.1 s for Kafka's 44 MB. */
export async function areIntact(jars: Jar[], folder: string): Promise<boolean> {
  const intact = jars.map(async (jar) => isIntact(jar, await readFile(join(folder, jar.file))));
  return (await Promise.all(intact).catch(() => [false])).every(Boolean);
}
