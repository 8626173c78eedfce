import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { serverFolders } from '../../../lib/offline/removeData.ts';
import { KAFKA_LOG } from '../../../lib/offline/servers/kafka.ts';
import { runningServerPid, serverPid } from '../../support/servers/serverProcesses.ts';
import type { System } from '../../support/system/system.ts';

describe('the process of an embedded server', () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'poleparty-pid-'));
  const file = join(dataFolder, serverFolders.kafka, `${KAFKA_LOG}.pid`);
  const system = { dataFolder } as System;

  test('there is none between two starts, and it never is the own process group', () => {
    expect(runningServerPid(system, 'kafka')).toBeUndefined();
    expect(() => serverPid(system, 'kafka')).toThrow('kafka is not running');

    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    expect(runningServerPid(system, 'kafka')).toBeUndefined();

    writeFileSync(file, '4711');
    expect(runningServerPid(system, 'kafka')).toBe(4711);
    expect(serverPid(system, 'kafka')).toBe(4711);
  });
});
