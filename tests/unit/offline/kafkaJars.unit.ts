import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const MODULE = resolve(import.meta.dirname, '../../../lib/offline/servers/kafkaJars.ts');

/** Asks for the jars in a process of its own, whose path holds the tools of the shell but no Maven. */
function askWithoutMaven(cache: string): string {
  const script = `import(${JSON.stringify(MODULE)})
    .then(({ kafkaJars }) => kafkaJars(${JSON.stringify(cache)}, { version: '1.2.3' }))
    .then(console.log, (error) => console.log(error.name + ': ' + error.message));`;
  return execFileSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { PATH: '/nowhere' },
  }).trim();
}

describe('kafkaJars', () => {
  test('says that Maven is missing, and leaves nothing half done', () => {
    const cache = mkdtempSync(join(tmpdir(), 'poleparty-jars-'));
    expect(askWithoutMaven(cache)).toMatch(
      /^StartError: .*there is no mvn\. Install Maven, or set KAFKA_BROKERS/,
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  test('needs no Maven for jars that are there', () => {
    const cache = mkdtempSync(join(tmpdir(), 'poleparty-jars-'));
    mkdirSync(join(cache, 'kafka-1.2.3'));
    expect(askWithoutMaven(cache)).toBe(join(cache, 'kafka-1.2.3'));
  });
});
