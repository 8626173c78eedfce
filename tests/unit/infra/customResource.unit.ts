import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ConfigError, UnavailableError } from '../../../lib/errors.ts';
import {
  answerCloudFormation,
  type CustomResourceEvent,
  isCustomResource,
} from '../../../lib/infra/deploy/customResource.ts';
import { type AnswersReceiver, startAnswersReceiver } from '../../support/http/answersReceiver.ts';
import { customResourceEvent } from '../../support/lambda/customResourceEvent.ts';

const MINUTES_MS = 840_000;
let receiver: AnswersReceiver;

beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
  receiver = await startAnswersReceiver();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await receiver.stop();
});

async function answerTo(
  changes: Partial<CustomResourceEvent>,
  work: () => Promise<Record<string, string>>,
  remainingMs = MINUTES_MS,
) {
  await answerCloudFormation(customResourceEvent(receiver.url, changes), remainingMs, work);
  return receiver.answers.at(-1);
}

test('work that succeeds is answered with its attributes, and an id that stays', async () => {
  const work = async () => ({ Schema: 'abc' });
  const created = await answerTo({}, work);
  expect(created).toEqual({
    Status: 'SUCCESS',
    Data: { Schema: 'abc' },
    StackId: expect.stringContaining('poleparty-demo'),
    RequestId: 'request-1',
    LogicalResourceId: 'Migration',
    PhysicalResourceId: 'Migration',
  });
  const updated = await answerTo({ RequestType: 'Update', PhysicalResourceId: 'former' }, work);
  expect(updated).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'former' });
});

test('work that fails is answered with its reason and cause, cut to what CloudFormation takes', async () => {
  const cause = new ConfigError('no such host');
  const failed = await answerTo({}, () =>
    Promise.reject(new UnavailableError('Postgres is unavailable.', { cause })),
  );
  expect(failed).toMatchObject({
    Status: 'FAILED',
    Reason: 'Postgres is unavailable. no such host.',
    PhysicalResourceId: 'Migration',
  });
  const long = await answerTo({}, () => Promise.reject(new Error('x'.repeat(9_000))));
  expect(JSON.stringify(long).length).toBeLessThan(4_096);
});

test('a deletion does nothing and succeeds', async () => {
  const work = jest.fn(async () => ({}));
  expect(await answerTo({ RequestType: 'Delete', PhysicalResourceId: 'x' }, work)).toMatchObject({
    Status: 'SUCCESS',
    PhysicalResourceId: 'x',
  });
  expect(work).not.toHaveBeenCalled();
});

test('work that takes longer than the function may is answered before Lambda ends the function', async () => {
  const late = await answerTo({}, () => new Promise(() => {}), 30_050);
  expect(late).toMatchObject({ Status: 'FAILED', Reason: 'Migration did not answer in time.' });
});

test('the answer has no content type, which the presigned address would reject', async () => {
  await answerTo({}, async () => ({}));
  expect(receiver.headers[0]).not.toHaveProperty('content-type');
});

test('an answer that is not taken is sent again', async () => {
  await receiver.stop();
  receiver = await startAnswersReceiver(1);
  expect(await answerTo({}, async () => ({}))).toMatchObject({ Status: 'SUCCESS' });
});

test('an operator’s invocation is not taken for a resource', () => {
  expect(isCustomResource({})).toBe(false);
  expect(isCustomResource(null)).toBe(false);
  expect(isCustomResource(customResourceEvent(receiver.url))).toBe(true);
});

test.each([
  ['succeeds', true, () => Promise.resolve({})],
  ['fails', false, () => Promise.reject(new Error('no'))],
])('the caller knows that the work %s, since an answer is no error to Lambda', async (_, succeeds, work) => {
  expect(await answerCloudFormation(customResourceEvent(receiver.url, {}), MINUTES_MS, work)).toBe(succeeds);
});
