import { UNKNOWN } from './cloudFormation.ts';
import { compileFilter } from './filterPattern.ts';
import type { Mapping, StartingPosition } from './mapping.ts';
import { findMappings, type MappingResource, type Service } from './mappingProperties.ts';
import * as read from './readProperty.ts';
import { reasonOf } from './reason.ts';

const DEFAULT_BATCH_SIZE = 100;
const LARGEST_BATCH = 10_000;
const DEFAULT_WINDOW_MS = 500;
const MAX_WINDOW_S = 300;
const MAX_RETRIES = 10_000;
const MIN_AGE_S = 60;
const MAX_AGE_S = 604_800;
/** With a destination, Lambda stops at ten retries even if they are set to infinite. */
const RETRIES_WITH_DESTINATION = 10;
const DEFAULT_FUNCTION_TIMEOUT_S = 6;
const ACCOUNT = '000000000000';

export interface ReadOptions {
  readonly stage: string;
  readonly region: string;
  /** Functions have no timeout, as with `serverless offline --noTimeout`. */
  readonly noTimeout: boolean;
}

/**
 * Reads the enabled event source mappings that a deployment of this service would have.
 *
 * @throws Error naming the resource and the property that Lambda would reject or that cannot be emulated
 */
export function readMappings(service: Service, options: ReadOptions): Mapping[] {
  return findMappings(service)
    .filter(({ properties }) => read.flag(properties, 'Enabled', true))
    .map((resource) => {
      try {
        return toMapping(resource, service, options);
      } catch (error) {
        throw new Error(`${resource.logicalId}: ${reasonOf(error)}`);
      }
    });
}

function toMapping(resource: MappingResource, service: Service, options: ReadOptions): Mapping {
  const { functionKey, definition, topic, properties } = resource;
  const onFailureTopic = readDestination(properties['DestinationConfig'], topic);
  const name = definition.name ?? `${service.service}-${options.stage}-${functionKey}`;
  const timeout = definition.timeout ?? service.provider.timeout ?? DEFAULT_FUNCTION_TIMEOUT_S;
  const window = read.whole(properties, 'MaximumBatchingWindowInSeconds', 0, MAX_WINDOW_S);
  return {
    functionKey,
    functionArn: `arn:aws:lambda:${options.region}:${ACCOUNT}:function:${name}`,
    eventSourceArn: readArn(resource, options.region),
    topic,
    groupId: readGroupId(properties) ?? `${service.service}-${options.stage}-${functionKey}-${topic}`,
    batchSize: read.whole(properties, 'BatchSize', 1, LARGEST_BATCH) ?? DEFAULT_BATCH_SIZE,
    batchingWindowMs: window === undefined ? DEFAULT_WINDOW_MS : window * 1000,
    functionTimeoutMs: options.noTimeout ? null : timeout * 1000,
    startingPosition: readStartingPosition(properties),
    maximumRetryAttempts: readRetries(properties, onFailureTopic),
    maximumRecordAgeMs: readAge(properties),
    bisectBatchOnFunctionError: read.flag(properties, 'BisectBatchOnFunctionError', false),
    reportBatchItemFailures: readResponseTypes(properties).includes('ReportBatchItemFailures'),
    onFailureTopic,
    filter: compileFilter(readPatterns(properties['FilterCriteria'])),
  };
}

function readArn({ properties, cluster }: MappingResource, region: string): string {
  const arn = properties['EventSourceArn'];
  return typeof arn === 'string' ? arn : `arn:aws:kafka:${region}:${ACCOUNT}:cluster/${cluster}/offline`;
}

function readGroupId(properties: Record<string, unknown>): string | undefined {
  const config = properties['AmazonManagedKafkaEventSourceConfig'] as
    | { ConsumerGroupId?: unknown }
    | undefined;
  return read.text(config?.ConsumerGroupId, 'ConsumerGroupId');
}

function readStartingPosition(properties: Record<string, unknown>): StartingPosition {
  const at = properties['StartingPosition'];
  if (at === 'TRIM_HORIZON' || at === 'LATEST') return { at };
  if (at !== 'AT_TIMESTAMP') throw new Error(`Unknown StartingPosition ${String(at)}`);
  const seconds = Number(properties['StartingPositionTimestamp']);
  if (!Number.isFinite(seconds))
    throw new Error('AT_TIMESTAMP requires StartingPositionTimestamp, in seconds');
  return { at, timestampMs: seconds * 1000 };
}

function readRetries(properties: Record<string, unknown>, onFailureTopic: string | null): number {
  const retries = read.whole(properties, 'MaximumRetryAttempts', -1, MAX_RETRIES) ?? -1;
  if (retries !== -1) return retries;
  return onFailureTopic === null ? Number.POSITIVE_INFINITY : RETRIES_WITH_DESTINATION;
}

function readAge(properties: Record<string, unknown>): number {
  const age = read.whole(properties, 'MaximumRecordAgeInSeconds', -1, MAX_AGE_S) ?? -1;
  if (age === -1) return Number.POSITIVE_INFINITY;
  if (age < MIN_AGE_S) throw new Error(`MaximumRecordAgeInSeconds must be -1 or at least ${MIN_AGE_S}`);
  return age * 1000;
}

function readResponseTypes(properties: Record<string, unknown>): unknown[] {
  const types = properties['FunctionResponseTypes'] ?? [];
  if (!Array.isArray(types) || types.includes(UNKNOWN))
    throw new Error('FunctionResponseTypes must be a list that is known before deployment');
  return types;
}

function readDestination(config: unknown, topic: string): string | null {
  const destination = read.text(
    (config as { OnFailure?: { Destination?: unknown } } | undefined)?.OnFailure?.Destination,
    'DestinationConfig',
  );
  if (destination === undefined) return null;
  if (!destination.startsWith('kafka://')) {
    throw new Error(`DestinationConfig: only kafka:// is supported, not ${destination}`);
  }
  const target = destination.slice('kafka://'.length);
  if (target === topic) throw new Error('DestinationConfig: the destination must not be the source topic');
  return target;
}

function readPatterns(criteria: unknown): string[] {
  const filters = (criteria as { Filters?: { Pattern?: unknown }[] } | undefined)?.Filters ?? [];
  return filters.map(({ Pattern }) => read.text(Pattern, 'FilterCriteria') ?? '{}');
}
