import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { timestampOf } from '../../../lib/page/views/timestampOf.ts';

const timestamp = '2030-01-01T00:00:00.000Z';
const requestIds = fc.option(fc.uuid(), { nil: undefined });

test('the time of a message is read as JSON would, whatever users write', () => {
  fc.assert(
    fc.property(fc.string(), requestIds, (question, request_id) => {
      const text = JSON.stringify({
        type: 'POLL_INIT',
        poll: { question },
        viewers: 1,
        timestamp,
        request_id,
      });
      expect(timestampOf(text)).toBe(timestamp);
    }),
  );
});

test('a text that looks like a time is none', () => {
  const lies = [`","timestamp":"${timestamp}"}`, `"timestamp":"${timestamp}"}`];
  for (const question of lies) {
    expect(timestampOf(JSON.stringify({ poll: { question } }))).toBeUndefined();
    expect(timestampOf(JSON.stringify({ question }))).toBeUndefined();
  }
  expect(timestampOf('{"type":"PONG"}')).toBeUndefined();
});
