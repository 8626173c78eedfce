import { expect, test } from '@jest/globals';
import { withoutReservedAction } from '../../../lib/offline/emulator/reservedActions.ts';

test.each([
  ['{"action":"$connect","request_id":"a"}', '{"action":"$default","request_id":"a"}'],
  ['{"action":"$disconnect"}', '{"action":"$default"}'],
  [String.raw`{"action":"\u0024connect"}`, '{"action":"$default"}'],
])('%s becomes %s', (text, renamed) => {
  expect(withoutReservedAction(text)).toBe(renamed);
});

test.each([
  '{"action":"vote", "user_id":"$connect"}',
  '{"action":"$default"}',
  '{"action":["$connect"]}',
  '[{"action":"$connect"}]',
  '"$connect"',
  '{"action":"$connect"',
  'null$',
])('%s stays', (text) => {
  expect(withoutReservedAction(text)).toBe(text);
});
