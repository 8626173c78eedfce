import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { PoisonRecordError, UnavailableError } from '../../../lib/errors.ts';
import type { Appended, SettlingProducer } from '../../../lib/kafka/producer.ts';
import { createSeen } from '../../../lib/kafka/seen.ts';
import { readBallots } from '../../../lib/votes/readBallots.ts';
import { tallyPartition } from '../../../lib/votes/tallyPartition.ts';
import { captureLines } from '../../support/metrics/captureStdout.ts';

beforeEach(() => void captureLines());
afterEach(() => void jest.restoreAllMocks());

const unreadable = (name: string, offset: number) => ({
  topic: 'votes',
  partition: 3,
  offset,
  timestamp: 1_000 + offset,
  timestampType: 'LOG_APPEND_TIME' as const,
  key: '',
  value: Buffer.from(name).toString('base64'),
  headers: [],
});

/** Counts on servers that have no ballot to count.
 * @param outcomeOf of each letter, by what its record contains */
function counting(outcomeOf: (name: string) => Appended | Error) {
  const sent: string[] = [];
  const settle: SettlingProducer['settle'] = async (_, records) => {
    const names = records.map(({ value }) => `${value}`);
    sent.push(...names);
    return names.map(outcomeOf);
  };
  const producer = { settle } as SettlingProducer;
  const counted = { pollIds: [], counted: 0, ofUnknownPolls: [] };
  const database = { run: async <T>() => counted as T };
  const findUnknownPollRecords = async () => [];
  const seen = { notified: createSeen(), setAside: createSeen() };
  const deps = { database, producer, findUnknownPollRecords, ...seen, repeats: new Map() };
  const count = (...names: string[]) => {
    const records = names.map((name, at) => unreadable(name, at));
    return tallyPartition(deps, { records, ...readBallots(records) });
  };
  return { sent, count };
}

const landed: Appended = { partition: 0, offset: 0, appendTime: 0 };

test('a retry moves only the records to the dead letters that are not yet there', async () => {
  let isAway = true;
  const { sent, count } = counting((name) =>
    isAway && name === 'b' ? new UnavailableError('A broker is away.') : landed,
  );
  await expect(count('a', 'b', 'c')).rejects.toThrow('A broker is away.');
  expect(sent.splice(0)).toEqual(['a', 'b', 'c']);
  await expect(count('a', 'b', 'c')).rejects.toThrow('A broker is away.');
  expect(sent.splice(0)).toEqual(['b']);
  isAway = false;
  await count('a', 'b', 'c');
  expect(sent.splice(0)).toEqual(['b']);
  await count('a', 'b', 'c', 'd');
  expect(sent).toEqual(['d']);
});

test('a retry does not repeat those that were moved one by one, after the dead letters rejected a record', async () => {
  const tries = new Map<string, number>();
  const { sent, count } = counting((name) => {
    tries.set(name, (tries.get(name) ?? 0) + 1);
    if (tries.get(name) === 1) return new PoisonRecordError('One of them is too large.');
    return name === 'b' && tries.get(name) === 2 ? new UnavailableError('A broker is away.') : landed;
  });
  await expect(count('a', 'b')).rejects.toThrow('A broker is away.');
  expect(sent.splice(0)).toEqual(['a', 'b', 'a', 'b']);
  await count('a', 'b');
  expect(sent).toEqual(['b']);
});
