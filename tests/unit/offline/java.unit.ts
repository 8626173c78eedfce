import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { StartError } from '../../../lib/errors.ts';
import { findJava, javaVersion } from '../../../lib/offline/servers/java.ts';

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

describe('findJava', () => {
  const javaThatPrints = (printed: string) => {
    const home = mkdtempSync(join(tmpdir(), 'java-home-'));
    mkdirSync(join(home, 'bin'));
    writeFileSync(join(home, 'bin', 'java'), `#!/bin/sh\necho '${printed}' >&2\n`);
    chmodSync(join(home, 'bin', 'java'), 0o755);
    return home;
  };

  test('takes the one of JAVA_HOME', async () => {
    const home = javaThatPrints('openjdk version "21.0.1"');
    expect(await findJava(home)).toBe(join(home, 'bin', 'java'));
  });

  test('refuses one that is too old, saying which is needed', async () => {
    const failure = findJava(javaThatPrints('openjdk version "11.0.2"'));
    await expect(failure).rejects.toBeInstanceOf(StartError);
    await expect(failure).rejects.toThrow(/needs Java 17.* is 11.*KAFKA_BROKERS/);
  });

  test('says when there is none', async () => {
    await expect(findJava('/nowhere')).rejects.toThrow(/there is none.*Install Java 17/);
  });
});
