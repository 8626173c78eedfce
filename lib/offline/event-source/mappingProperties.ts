import { resolveIntrinsics, type Template } from './cloudFormation.ts';

/** The parts of a Serverless service that describe its MSK event source mappings. */
export interface Service {
  readonly service: string;
  readonly provider: { readonly stage?: string; readonly region?: string; readonly timeout?: number };
  readonly functions: Record<string, FunctionDefinition>;
  readonly resources?: Template & { readonly extensions?: Record<string, Extension> };
}

export interface FunctionDefinition {
  readonly name?: string;
  readonly timeout?: number;
  readonly events?: readonly { readonly msk?: MskEventDefinition }[];
}

interface Extension {
  readonly Properties?: Record<string, unknown>;
}

export interface MskEventDefinition {
  readonly arn: string | { readonly Ref?: string; readonly 'Fn::ImportValue'?: string };
  readonly topic: string;
  readonly batchSize?: number;
  readonly maximumBatchingWindow?: number;
  readonly enabled?: boolean;
  readonly startingPosition?: string;
  readonly startingPositionTimestamp?: number;
  readonly consumerGroupId?: string;
  readonly filterPatterns?: readonly unknown[];
}

/** An `AWS::Lambda::EventSourceMapping` as it would be deployed, with its intrinsic functions resolved. */
export interface MappingResource {
  readonly logicalId: string;
  readonly functionKey: string;
  readonly definition: FunctionDefinition;
  readonly cluster: string;
  readonly topic: string;
  readonly properties: Record<string, unknown>;
}

/** Compiles every `msk` event to its resource and applies `resources.extensions`. */
export function findMappings(service: Service): MappingResource[] {
  const { extensions = {}, ...template } = service.resources ?? {};
  const found = Object.entries(service.functions).flatMap(([functionKey, definition]) =>
    (definition.events ?? []).flatMap(({ msk }) => {
      if (msk === undefined) return [];
      const { topic } = msk;
      const cluster = clusterName(msk.arn);
      const logicalId = logicalIdOf(functionKey, cluster, topic);
      // Extensions replace whole properties; they do not merge into them.
      const compiled = { ...compile(msk), ...extensions[logicalId]?.Properties };
      const properties = resolveIntrinsics(compiled, template) as Record<string, unknown>;
      return [{ logicalId, functionKey, definition, cluster, topic, properties }];
    }),
  );
  refuseStrayExtensions(Object.keys(extensions), found);
  return found;
}

/** A misspelt extension fails a deployment; without this check the emulator would silently ignore it. */
function refuseStrayExtensions(names: string[], found: MappingResource[]): void {
  const known = found.map(({ logicalId }) => logicalId);
  const stray = names.find((name) => name.includes('EventSourceMappingMSK') && !known.includes(name));
  if (stray === undefined) return;
  throw new Error(
    `resources.extensions.${stray} matches no msk event. Known events: ${known.join(', ') || 'none'}.`,
  );
}

/** Repeats what the framework does field by field. It omits falsy sizes and windows too. */
function compile(msk: MskEventDefinition): Record<string, unknown> {
  return {
    EventSourceArn: msk.arn,
    StartingPosition: msk.startingPosition || 'TRIM_HORIZON',
    ...optional('StartingPositionTimestamp', msk.startingPositionTimestamp),
    ...optional('BatchSize', msk.batchSize || undefined),
    ...optional('MaximumBatchingWindowInSeconds', msk.maximumBatchingWindow || undefined),
    ...optional('Enabled', msk.enabled),
    ...optional(
      'AmazonManagedKafkaEventSourceConfig',
      msk.consumerGroupId === undefined ? undefined : { ConsumerGroupId: msk.consumerGroupId },
    ),
    ...optional(
      'FilterCriteria',
      msk.filterPatterns === undefined
        ? undefined
        : { Filters: msk.filterPatterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })) },
    ),
  };
}

function optional(name: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [name]: value };
}

function clusterName(arn: MskEventDefinition['arn']): string {
  if (typeof arn === 'string') return arn.split('/')[1] ?? arn;
  return arn['Fn::ImportValue'] ?? arn.Ref ?? '';
}

/** The framework's name for the resource; it truncates cluster and topic to stay within the length limit. */
function logicalIdOf(functionKey: string, cluster: string, topic: string): string {
  const name = functionKey.replace(/-/g, 'Dash').replace(/_/g, 'Underscore');
  return `${upperFirst(name)}EventSourceMappingMSK${alphaNumeric(cluster)}${alphaNumeric(topic)}`;
}

function alphaNumeric(name: string): string {
  return upperFirst(name.replace(/[^0-9A-Za-z]/g, '')).slice(0, 79);
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
