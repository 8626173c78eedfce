import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { confirm } from '../../../lib/operators/command.ts';

test.each([
  ['yes\n', true],
  ['  YES  \nno\n', true],
  ['y\n', false],
  ['\n', false],
  ['no\nyes\n', false],
  ['', false],
])('typing %j confirms: %j', async (typed, isAgreed) => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end(typed);
  expect(await confirm('Delete it?', input, output)).toBe(isAgreed);
  output.end();
  expect(await text(output)).toBe('Delete it? Type “yes”: ');
});
