import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { javaVersion } from '../../../lib/offline/servers/java.ts';
import { launch } from '../../support/servers/launch.ts';

describe('javaVersion', () => {
  test.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_402"', 8],
    ['openjdk version "26-ea" 2026-03-17', 26],
    ['openjdk version "21" 2023-09-19 LTS', 21],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "25.0.1" 2025-10-21', 25],
    ['The operation couldn’t be completed. Unable to locate a Java Runtime.', undefined],
  ])('reads %j', (printed, version) => {
    expect(javaVersion(printed)).toBe(version);
  });
});

const MODULE = join(import.meta.dirname, '../../../lib/offline/servers/provideJava.ts');
const newFolder = () => mkdtempSync(join(tmpdir(), 'poleparty-java-'));

/** @returns the folder that `bin/java` is in */
function javaThatPrints(printed: string, home = newFolder()): string {
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'java'), `#!/bin/sh\necho '${printed}' >&2\n`, { mode: 0o755 });
  return home;
}

/** Asks in a process of its own, with nothing on its path, for what would print the version of each source.
 * @returns what it said, and the `java` or the error as its last line */
async function ask(cache: string, printedBy: string[], env: Record<string, string> = {}): Promise<string[]> {
  const script = `
    const { mkdirSync, symlinkSync, writeFileSync } = require('node:fs');
    const sources = ${JSON.stringify(printedBy)}.map((printed, index) => ({
      name: 'Source ' + index,
      megabytes: 40,
      fetch: async (folder) => {
        if (printed === '') throw new Error('Log\\nUnreachable.');
        mkdirSync(folder + '/deep/bin', { recursive: true });
        mkdirSync(folder + '/deep/lib');
        writeFileSync(folder + '/deep/lib/modules', 'the modules');
        symlinkSync('modules', folder + '/deep/lib/link');
        writeFileSync(folder + '/deep/bin/java', "#!/bin/sh\\necho '" + printed + "' >&2\\n", { mode: 0o755 });
      },
    }));
    import(${JSON.stringify(MODULE)})
      .then(({ provideJava }) => provideJava(${JSON.stringify(cache)}, { say: console.log, sources }))
      .then(console.log, (error) => console.log(error.name + ': ' + error.message));`;
  const asking = launch([process.execPath, '--no-warnings', '-e', script], {
    cwd: tmpdir(),
    env: { PATH: '/nowhere', JAVA_HOME: '', ...env },
  });
  await asking.exited;
  return asking.output().split('\n');
}

describe('provideJava', () => {
  test('prefers JAVA_HOME to the path', async () => {
    const [home, other] = [
      javaThatPrints('openjdk version "21.0.1"'),
      javaThatPrints('java version "1.8.0_402"'),
    ];
    expect(await ask(newFolder(), [], { JAVA_HOME: home })).toEqual([join(home, 'bin', 'java')]);
    expect(await ask(newFolder(), [], { JAVA_HOME: other, PATH: join(home, 'bin') })).toEqual(['java']);
  });

  test.each([
    ['none', {}],
    ['one that is too old', { JAVA_HOME: javaThatPrints('openjdk version "11.0.2"') }],
    ['one that is not there', { JAVA_HOME: '/nowhere' }],
  ])('downloads Java once and reports it if there is %s', async (_, env) => {
    const cache = newFolder();
    const java = join(cache, 'java/deep/bin/java');
    const [said = '', ...rest] = await ask(cache, ['openjdk version "21.0.8"'], env);
    expect(said).toMatch(/Java 17 was not found\. Downloading Source 0 .*40 MB.*JAVA_HOME/);
    expect(rest).toEqual([java]);
    expect(await ask(cache, [], env)).toEqual([java]);
  });

  test('uses the next source if one is unreachable or its Java does not run', async () => {
    const cache = newFolder();
    const said = await ask(cache, ['', 'cannot execute binary file', 'openjdk version "21.0.8"']);
    expect(said).toEqual([
      expect.stringMatching(/Java 17 was not found\. Downloading Source 0/),
      expect.stringMatching(/Source 0: Unreachable\. Downloading Source 1/),
      expect.stringMatching(/Source 1: .*does not run on this machine\. Downloading Source 2/),
      join(cache, 'java/deep/bin/java'),
    ]);
  });

  test.each([
    ['does not run any more', (java: string) => chmodSync(join(java, 'bin/java'), 0o644)],
    ['has lost a file', (java: string) => rmSync(join(java, 'lib/modules'))],
    ['has a file that was cut off', (java: string) => writeFileSync(join(java, 'lib/modules'), 'the mod')],
    ['was tampered with', (java: string) => appendFileSync(join(java, 'bin/java'), 'echo the burglar\n')],
    ['has another file', (java: string) => writeFileSync(join(java, 'lib/burglar.so'), '')],
  ])('reports it and downloads again if the cached Java %s', async (_, damage) => {
    const cache = newFolder();
    const [, first = ''] = await ask(cache, ['openjdk version "21.0.8"']);
    damage(join(cache, 'java/deep'));
    const [said, ...rest] = await ask(cache, ['openjdk version "21.0.9"']);
    expect(said).toContain(`The Java in ${join(cache, 'java')} is damaged. Downloading Source 0`);
    expect(rest).toEqual([first]);
    expect(readFileSync(first, 'utf8')).toContain('21.0.9');
    expect(await ask(cache, [])).toEqual([first]);
  });

  test('says that the cached Java is damaged if no other can be downloaded', async () => {
    const cache = newFolder();
    javaThatPrints('openjdk version "21.0.8"', join(cache, 'java/deep'));
    expect((await ask(cache, [''])).join('\n')).toMatch(
      /StartError: Kafka needs Java 17 [\s\S]*\nThe Java in .* is damaged\.\nSource 0: Unreachable\./,
    );
  });

  test('says what to do if every source fails, and leaves no partial files', async () => {
    const cache = newFolder();
    expect((await ask(cache, ['', '']).then((lines) => lines.slice(2))).join('\n')).toMatch(
      /^StartError: Kafka needs Java 17 .*Install Java 17.*network.*KAFKA_BROKERS.*\nSource 0: Unreachable\.\nSource 1/,
    );
    expect(readdirSync(cache)).toEqual([]);
  });
});
