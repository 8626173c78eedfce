import { resolveIntrinsics, type Template } from './cloudFormation.ts';

/** The parts of a service that describe its MSK event source mappings, as Serverless has read them. */
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

/** An `AWS::Lambda::EventSourceMapping` as it would be deployed, its intrinsic functions worked out. */
export interface MappingResource {
  readonly logicalId: string;
  readonly functionKey: string;
  readonly definition: FunctionDefinition;
  readonly cluster: string;
  readonly topic: string;
  readonly properties: Record<string, unknown>;
}

/** Finds every `msk` event and lays `resources.extensions` over what it would be compiled to. */
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

/** A misspelt extension fails the deployment; here it would silently lose what it says. */
function refuseStrayExtensions(names: string[], found: MappingResource[]): void {
  const known = found.map(({ logicalId }) => logicalId);
  const stray = names.find((name) => name.includes('EventSourceMappingMSK') && !known.includes(name));
  if (stray === undefined) return;
  throw new Error(
    `resources.extensions.${stray} extends no msk event; there are ${known.join(', ') || 'none'}`,
  );
}

/** Field by field what the framework makes of an event: falsy sizes and windows are left out there too. */
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

/** The framework's name for the resource; it cuts cluster and topic so that the whole stays legal. */
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
