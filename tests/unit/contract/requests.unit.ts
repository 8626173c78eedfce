import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { type GenericSchema, object, safeParse, union } from 'valibot';
import { ballotSchema, provenBallotSchema } from '../../../lib/contract/castVoteRequest.ts';
import { pingFrameSchema } from '../../../lib/contract/frames.ts';
import { newPollSchema, pollChangesSchema } from '../../../lib/contract/pollRequests.ts';
import { readableText } from '../../../lib/contract/textInputs.ts';
import { asyncApi, openApi } from '../../support/http/documents.ts';

const ajv = formats.default(new Ajv2020({ strictTypes: false, keywords: ['components', 'x-enum-varnames'] }));

/** None is dropped by the server before it counts. */
const characters = fc.constantFrom('a', 'é', '🗳', '語');
const text = (most: number) => fc.string({ unit: characters, minLength: 1, maxLength: most, size: 'max' });

/** A field that is mostly right, so that some requests are right altogether. */
const mostly = <T>(good: fc.Arbitrary<T>, ...bad: unknown[]) =>
  fc.oneof(
    { weight: 15, arbitrary: good },
    { weight: 1, arbitrary: fc.constantFrom(null, 7, '', {}, ...bad) },
  );

/** Shows nothing, or is refused. */
const unreadable = [
  ' \t\n ',
  '\u200b',
  '\u00ad\ufeff',
  '\u2800',
  '\u3164\u200d',
  'a\u0007',
  'a\u202eb',
  '\u2067a',
  'a\u009f',
];

const RUNS = 2_000;

/** The server takes a request if, and only if, the document says so. */
function expectSameVerdicts(
  schema: GenericSchema,
  name: string,
  requests: fc.Arbitrary<unknown>,
  { components }: { components: Pick<typeof openApi.components, 'schemas'> } = openApi,
): void {
  const isDescribed = ajv.compile({ $ref: `#/components/schemas/${name}`, components });
  const taken = fc.sample(requests, RUNS).filter((request) => {
    const isTaken = safeParse(schema, request).success;
    expect({ request, isTaken }).toEqual({ request, isTaken: isDescribed(request) });
    return isTaken;
  });
  expect(taken.length).toBeGreaterThan(RUNS / 20);
  expect(taken.length).toBeLessThan(RUNS);
}

test('the description of text rejects exactly the characters that the server rejects', () => {
  const newPoll = openApi.components.schemas['CreatePollRequest'] as { properties: { question: object } };
  const isDescribed = ajv.compile(newPoll.properties.question);
  const schema = object({ question: readableText(500, '') });
  // Characters beyond need properties of Unicode, which the description does without.
  const plane = Array.from({ length: 0x1_00_00 }, (_, code) => String.fromCharCode(code));
  const disputed = plane
    .filter((character) => character.isWellFormed())
    .filter((question) => safeParse(schema, { question }).success !== isDescribed(question));
  expect(disputed).toEqual([]);
});

test('the server accepts exactly the described ballots, by user id or token', () => {
  const id = fc.uuid();
  const ballots = fc.record(
    {
      user_id: mostly(text(200), '🗳'.repeat(201)),
      // What is no UUID is taken, and then found to be no option of the poll.
      option_id: mostly(id).filter((value) => value !== ''),
      option_ids: mostly(fc.array(id, { maxLength: 3 }), [1]),
      more: fc.anything(),
    },
    { requiredKeys: [] },
  );
  expectSameVerdicts(union([ballotSchema, provenBallotSchema]), 'CastVoteRequest', ballots);
});

test('the server accepts exactly the described new polls, if choices and options do not contradict', () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const options = fc.uniqueArray(text(200), { minLength: 2, maxLength: 50 });
  const fields = fc.record(
    {
      question: mostly(text(500), '🗳'.repeat(501), ...unreadable),
      options: mostly(
        options,
        ['a'],
        ['a', 'a'],
        ['a', 'é'.repeat(201)],
        ['a', 1],
        ['a', '\u200b'],
        Array.from({ length: 51 }, String),
      ),
      expired_at: mostly(fc.constant(soon), 'soon', '2029-02-30T00:00:00Z'),
      opens_at: mostly(fc.constantFrom(null, '2020-02-02T02:02:02+02:00'), '2020-02-30T00:00:00Z'),
      // The two fields that contradict: 7 choices of fewer options.
      max_choices: mostly(fc.constantFrom(1, 2), 0, 1.5, 'one').filter((value) => value !== 7),
      allow_change: mostly(fc.boolean(), 'yes'),
      listed: mostly(fc.boolean(), 'yes'),
      results_visibility: mostly(fc.constantFrom('always', 'after_vote', 'after_close'), 'never'),
      webhook_url: mostly(
        fc.constantFrom(null, 'https://example.com/hook?of=1', 'HTTPS://[2606:4700::1111]:8443'),
        'example.com',
        `https://example.com/${'a'.repeat(2_048)}`,
      ),
    },
    { requiredKeys: ['question', 'options', 'expired_at'] },
  );
  const seconds = mostly(fc.integer({ min: 5, max: 157_680_000 }), 4, 5.5, 1e9);
  const ends = fc.subarray(['expired_at', 'expires_in']);
  const polls = fc.tuple(fields, seconds, ends).map(([{ expired_at, ...others }, expires_in, given]) => {
    const times = Object.entries({ expired_at, expires_in }).filter(([name]) => given.includes(name));
    return { ...others, ...Object.fromEntries(times) };
  });
  expectSameVerdicts(newPollSchema(Date.now(), 'public'), 'CreatePollRequest', polls);
});

test('the server accepts exactly the described poll changes', () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const options = fc.uniqueArray(text(200), { minLength: 2, maxLength: 50 });
  const times: Record<string, fc.Arbitrary<unknown>> = {
    closed: mostly(fc.constant(true), false, 'yes'),
    expired_at: mostly(fc.constant(soon), 'soon', '2029-02-30T00:00:00Z'),
    expires_in: mostly(fc.integer({ min: 5, max: 157_680_000 }), 4, 5.5, 1e9),
    opens_at: mostly(fc.constantFrom(soon, '2020-02-02T02:02:02+02:00'), 'soon'),
  };
  // Most pairs of them contradict.
  const oneTime = fc.oneof(...Object.entries(times).map(([name, time]) => fc.record({ [name]: time })));
  const others = fc.record(
    {
      question: mostly(text(500), '🗳'.repeat(501), ...unreadable),
      options: mostly(options, ['a'], ['a', 'a'], ['a', 1]),
      listed: mostly(fc.boolean(), 'yes'),
      more: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const changes = fc
    .tuple(fc.oneof(oneTime, fc.record(times, { requiredKeys: [] })), others)
    .map((parts) => Object.assign({}, ...parts));
  expectSameVerdicts(pollChangesSchema(Date.now()), 'UpdatePollRequest', changes);
});

test('the server accepts exactly the described request ids, with one byte for each character', () => {
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: 120, size: 'max' });
  const plain = fc.string({ unit: 'grapheme-ascii', maxLength: 100, size: 'max' });
  const frames = fc.record(
    { action: fc.constant('ping'), request_id: mostly(fc.oneof(ascii, plain), 'x'.repeat(101)) },
    { requiredKeys: ['action'] },
  );
  expectSameVerdicts(pingFrameSchema, 'ping', frames, asyncApi);
});
