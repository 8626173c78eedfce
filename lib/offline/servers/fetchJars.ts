import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import library from 'mvn-artifact-url';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { messageOf } from '../../errors.ts';
import { isIntact, type Jar } from './kafkaJars.ts';

/** More connections are not faster, and a repository may block them. */
const CONNECTIONS = 8;

/** Timeout without any data; a slow network is not a failure. */
const SILENCE_MS = 20_000;

const CONNECT_MS = 10_000;

/** Most broken downloads succeed at the next attempt. */
const TRIES = 3;

/**
 * Downloads jars into a folder, in parallel and through HTTPS_PROXY if it is set. Retries a jar with a wrong checksum.
 *
 * The library computes the URLs. Its companion for downloads (mvn-artifact-download) verifies no checksums, and hangs
 * for ever on a lost connection.
 *
 * @param repository URL of another repository than Maven Central, with a trailing slash
 * @throws Error naming the first jar that could not be downloaded
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
    if (!response.ok) throw new Error(`the repository answered ${response.status}`);
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

/** The message of undici's error is just "fetch failed"; the reason is in its cause. */
function reasonOf(error: unknown): string {
  return messageOf(error instanceof Error && error.cause ? error.cause : error);
}
