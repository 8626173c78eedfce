import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { until } from '../../lib/concurrency/deadline.ts';
import { serverPid } from '../support/servers/serverProcesses.ts';
import { mountDisk, testWithSmallDisk, unmountDisk } from '../support/servers/smallDisk.ts';
import { type System, startSystem } from '../support/system/system.ts';

const DISK_BYTES = 400 * 2 ** 20;
/** For what the servers write while the disk fills up; too little for them to start. */
const LEFT_BYTES = 10 * 2 ** 20;
const LIMIT_MS = 60_000;

let disk: string | undefined;
let system: System | undefined;

afterAll(async () => {
  await system?.stop();
  if (disk) unmountDisk(disk);
});

async function post(path: string, body: object, expected: number) {
  const response = await fetch(`${system?.httpUrl}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  const answer = (await response.json()) as { id: string; options: { option_id: string }[] };
  expect(response.status).toBe(expected);
  return answer;
}

testWithSmallDisk(
  'a full disk is reported once, and the system recovers when space is freed',
  async () => {
    disk = mountDisk(DISK_BYTES, userInfo());
    const dataFolder = join(disk, 'data');
    mkdirSync(dataFolder);
    system = await startSystem({ DATA_FOLDER: dataFolder });
    const poll = {
      question: 'Tea?',
      options: ['Yes', 'No'],
      expired_at: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const { id, options } = await until(() => post('/polls', poll, 201), LIMIT_MS);
    const vote = { user_id: 'ann', option_id: options[0]?.option_id };

    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize - LEFT_BYTES));
    process.kill(serverPid({ ...system, dataFolder }, 'kafka'), 'SIGKILL');
    process.kill(serverPid({ ...system, dataFolder }, 'postgres'), 'SIGKILL');
    const words = /The disk of .* is full: \d+ MB are free.*Free some space/g;
    const { output } = system;
    await until(async () => expect(output().match(words)).toHaveLength(2), LIMIT_MS);
    await post(`/polls/${id}/vote`, vote, 503);

    rmSync(join(disk, 'ballast'));
    await until(() => post(`/polls/${id}/vote`, vote, 202), LIMIT_MS);
    // Kafka takes votes before `npm start` has found that out.
    await until(async () => expect(output()).toMatch(/Kafka is running again/), LIMIT_MS);
    expect(output()).not.toMatch(/^ {4}at /m);
  },
  240_000,
);
