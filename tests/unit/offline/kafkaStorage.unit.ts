import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { formatKafkaStorage } from '../../../lib/offline/servers/kafkaStorage.ts';
import { createSupervisor } from '../../../lib/offline/servers/supervised.ts';

function formatted(prepare: (data: string) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'poleparty-storage-'));
  mkdirSync(join(folder, 'data'));
  prepare(join(folder, 'data'));
  const ports = { port: 1, controllerPort: 2 };
  const tools = { supervisor: createSupervisor(), java: 'java', jars: '/cache/kafka-4.4.0' };
  return formatKafkaStorage({ folder, ...ports, ...tools });
}

test('data whose version cannot be read is not said to be of another version', async () => {
  // Root may read every file, but no link to itself.
  const unreadable = formatted((data) => symlinkSync('written-by', join(data, 'written-by')));
  await expect(unreadable).rejects.toMatchObject({ code: 'ELOOP' });
});

test('data without a version is refused with advice', async () => {
  await expect(formatted(() => {})).rejects.toThrow(/written by an unknown version.*--fresh/);
});
