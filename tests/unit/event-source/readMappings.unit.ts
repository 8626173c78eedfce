import { describe, expect, test } from '@jest/globals';
import type { MskEventDefinition, Service } from '../../../lib/offline/event-source/mappingProperties.ts';
import { readMappings } from '../../../lib/offline/event-source/readMappings.ts';

const options = { stage: 'dev', region: 'eu-central-1', noTimeout: false };
const arn = 'arn:aws:kafka:eu-central-1:111122223333:cluster/Main/uuid';

function service(
  msk: Partial<MskEventDefinition>,
  properties?: Record<string, unknown>,
  template = {},
): Service {
  const extensions =
    properties === undefined ? {} : { TallyVotesEventSourceMappingMSKMainVotes: { Properties: properties } };
  return {
    service: 'polls',
    provider: {},
    functions: { tallyVotes: { events: [{}, { msk: { arn, topic: 'votes', ...msk } }] } },
    resources: { extensions, ...template },
  };
}

const readOne = (...args: Parameters<typeof service>) => readMappings(service(...args), options)[0];

describe('an msk event', () => {
  test('has the defaults of Lambda', () => {
    expect(readOne({})).toEqual({
      functionKey: 'tallyVotes',
      functionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:polls-dev-tallyVotes',
      eventSourceArn: arn,
      topic: 'votes',
      groupId: 'polls-dev-tallyVotes-votes',
      batchSize: 100,
      batchingWindowMs: 500,
      functionTimeoutMs: 6000,
      startingPosition: { at: 'TRIM_HORIZON' },
      maximumRetryAttempts: Number.POSITIVE_INFINITY,
      maximumRecordAgeMs: Number.POSITIVE_INFINITY,
      bisectBatchOnFunctionError: false,
      reportBatchItemFailures: false,
      onFailureTopic: null,
      filter: null,
    });
  });

  test('supports the options of msk', () => {
    const mapping = readOne({
      batchSize: 2000,
      maximumBatchingWindow: 2,
      consumerGroupId: 'group',
      startingPosition: 'AT_TIMESTAMP',
      startingPositionTimestamp: 1700000000,
      filterPatterns: [{ value: { kind: ['vote'] } }],
    });
    expect(mapping).toMatchObject({
      batchSize: 2000,
      batchingWindowMs: 2000,
      groupId: 'group',
      startingPosition: { at: 'AT_TIMESTAMP', timestampMs: 1700000000000 },
    });
    expect(mapping?.filter?.(Buffer.from('{"kind":"vote"}'))).toBe(true);
  });

  test('has no mapping if it is disabled, by event or extension', () => {
    expect(readOne({ enabled: false })).toBeUndefined();
    expect(readOne({}, { Enabled: false })).toBeUndefined();
  });

  test('has the default window for a window of 0, because the framework drops the 0', () => {
    expect(readOne({ maximumBatchingWindow: 0 })?.batchingWindowMs).toBe(500);
  });

  test('gets a placeholder ARN if only a deployment knows it', () => {
    const { resources: _none, ...plain } = service({ arn: { Ref: 'MainCluster' } });
    expect(readMappings(plain, options)[0]?.eventSourceArn).toBe(
      'arn:aws:kafka:eu-central-1:000000000000:cluster/MainCluster/offline',
    );
  });

  test('has no timeout with noTimeout', () => {
    expect(readMappings(service({}), { ...options, noTimeout: true })[0]?.functionTimeoutMs).toBeNull();
  });
});

describe('an extension', () => {
  test('supports properties that msk does not have', () => {
    expect(
      readOne(
        {},
        {
          MaximumBatchingWindowInSeconds: 0,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          MaximumRetryAttempts: 5,
          MaximumRecordAgeInSeconds: 3600,
          BisectBatchOnFunctionError: true,
          DestinationConfig: { OnFailure: { Destination: 'kafka://votes.dlq' } },
          ProvisionedPollerConfig: { MinimumPollers: { Ref: 'Unknown' } },
        },
      ),
    ).toMatchObject({
      batchingWindowMs: 0,
      reportBatchItemFailures: true,
      maximumRetryAttempts: 5,
      maximumRecordAgeMs: 3_600_000,
      bisectBatchOnFunctionError: true,
      onFailureTopic: 'votes.dlq',
    });
  });

  test('is evaluated with the defaults of the parameters', () => {
    const properties = { MaximumBatchingWindowInSeconds: { 'Fn::If': ['Fast', 0, 1] } };
    const template = {
      Parameters: { Speed: { Default: 'slow' } },
      Conditions: { Fast: { 'Fn::Equals': [{ Ref: 'Speed' }, 'fast'] } },
    };
    expect(readOne({}, properties, template)?.batchingWindowMs).toBe(1000);
  });

  test('ends infinite retries at ten if there is a destination', () => {
    const DestinationConfig = { OnFailure: { Destination: 'kafka://dead' } };
    expect(readOne({}, { DestinationConfig, MaximumRetryAttempts: -1 })?.maximumRetryAttempts).toBe(10);
  });

  test.each([
    ['MaximumRetryAttempts', { MaximumRetryAttempts: 10_001 }],
    ['MaximumRetryAttempts', { MaximumRetryAttempts: { Ref: 'NoDefault' } }],
    ['MaximumRecordAgeInSeconds', { MaximumRecordAgeInSeconds: 59 }],
    ['MaximumBatchingWindowInSeconds', { MaximumBatchingWindowInSeconds: 301 }],
    ['BatchSize', { BatchSize: 0 }],
    ['BatchSize', { BatchSize: '' }],
    ['Enabled', { Enabled: { 'Fn::GetAtt': ['A', 'B'] } }],
    ['FunctionResponseTypes', { FunctionResponseTypes: 'ReportBatchItemFailures' }],
    ['StartingPosition', { StartingPosition: 'NEWEST' }],
    ['StartingPositionTimestamp', { StartingPosition: 'AT_TIMESTAMP' }],
    ['DestinationConfig', { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:x' } } }],
    ['DestinationConfig', { DestinationConfig: { OnFailure: { Destination: 'kafka://votes' } } }],
    ['FilterCriteria', { FilterCriteria: { Filters: [{ Pattern: '{"key":["a"]}' }] } }],
  ])('with an invalid %s is rejected by name', (name, properties) => {
    expect(() => readOne({}, properties)).toThrow(name);
  });

  test('that matches no msk event is an error, as in a deployment', () => {
    const stray = { TallyVoteEventSourceMappingMSKMainVotes: {} };
    expect(() => readMappings({ ...service({}), resources: { extensions: stray } }, options)).toThrow(
      'TallyVoteEventSourceMappingMSKMainVotes',
    );
  });
});
