import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import library from 'mvn-artifact-url';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { messageOf } from '../../errors.ts';
import { isIntact, type Jar } from './kafkaJars.ts';

/** More at once are not faster, and a repository may take them for an attack. */
const CONNECTIONS = 8;

/** Of silence. A slow network is no reason to give up. */
const SILENCE_MS = 20_000;

const CONNECT_MS = 10_000;

/** A download that is broken once is mostly whole the next time. */
const TRIES = 3;

/**
 * Downloads jars into a folder, in parallel and through the proxy of HTTPS_PROXY if there is one. What does not
 * have its checksum is fetched anew.
 *
 * The library knows where they are. Its companion that downloads (mvn-artifact-download) checks no checksum, and
 * waits for ever on a connection that is cut.
 *
 * @param repository the URL of another than Maven Central, with a slash at its end
 * @throws Error naming the first jar that cannot be had
 */
export async function fetchJars(jars: Jar[], folder: string, repository?: string): Promise<void> {
  const dispatcher = new EnvHttpProxyAgent({
    connections: CONNECTIONS,
    connect: { timeout: CONNECT_MS },
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
  });
  const failed = new AbortController();
  const { signal } = failed;

  const download = async (jar: Jar) => {
    const response = await fetch(await library.default(jar, repository), { dispatcher, signal });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw new Error(`the answer is ${response.status}`);
    if (!isIntact(jar, bytes)) throw new Error('its checksum is wrong');
    await writeFile(join(folder, jar.file), bytes);
  };

  const downloadPatiently = async (jar: Jar, tries = TRIES): Promise<void> => {
    try {
      await download(jar);
    } catch (error) {
      if (signal.aborted) throw error;
      if (tries > 1) return downloadPatiently(jar, tries - 1);
      failed.abort();
      throw new Error(`${jar.file}: ${reasonOf(error)}`, { cause: error });
    }
  };

  try {
    const downloads = jars.map((jar) => downloadPatiently(jar));
    await Promise.all(downloads).finally(() => Promise.allSettled(downloads));
  } finally {
    await dispatcher.destroy();
  }
}

/** The client's own message is "fetch failed". */
function reasonOf(error: unknown): string {
  return messageOf(error instanceof Error && error.cause ? error.cause : error);
}
