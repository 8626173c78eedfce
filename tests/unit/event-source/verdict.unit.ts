import { describe, expect, test } from '@jest/globals';
import { readResponse } from '../../../lib/offline/event-source/verdict.ts';

const messages = ['100', '101', '105'].map((offset) => ({ offset }));
const read = (response: unknown) => readResponse(response, 'votes-0', messages);
const failures = (...items: unknown[]) => ({
  batchItemFailures: items.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('a response under ReportBatchItemFailures', () => {
  test.each([[null], [undefined], [''], [{}], [{ batchItemFailures: null }], [{ batchItemFailures: [] }]])(
    'of %j means success',
    (response) => {
      expect(read(response)).toEqual({ kind: 'succeeded' });
    },
  );

  test('fails from its lowest offset on, in any order', () => {
    const response = failures({ partition: 'votes-0', offset: 105 }, { partition: 'votes-0', offset: 101 });
    expect(read(response)).toMatchObject({ kind: 'failedFrom', index: 1 });
  });

  test.each([
    ['an offset that was not in the event', failures({ partition: 'votes-0', offset: 102 })],
    ['another partition', failures({ partition: 'votes-1', offset: 100 })],
    ['an offset as text', failures({ partition: 'votes-0', offset: '100' })],
    ['the identifier of another kind of source', failures('votes-0-100')],
    ['an empty identifier', failures('')],
    ['no identifier', failures(null)],
    ['an item that is nothing', { batchItemFailures: [null] }],
    ['a valid failure beside an unknown one', failures({ partition: 'votes-0', offset: 105 }, 'x')],
    ['failures that are no list', { batchItemFailures: 'all' }],
    ['a text', 'done'],
  ])('with %s fails the whole batch', (_name, response) => {
    expect(read(response).kind).toBe('failed');
  });
});
