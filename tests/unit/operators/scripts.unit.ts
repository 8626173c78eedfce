import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

test('every command for operators has a Postgres client that survives lost connections', () => {
  const commands = Object.values(scripts).filter(
    (script) => script.includes('lib/operators/') && !script.includes('watchCommand'),
  );
  const patched = 'node --import ./lib/infra/build/patchPostgresInNode.ts lib/operators/';
  expect(commands.filter((script) => !script.startsWith(patched))).toEqual([]);
  expect(commands.length).toBeGreaterThan(1);
});
