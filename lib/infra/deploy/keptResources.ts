import {
  type CloudFormationClient,
  GetTemplateCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { defaults } from '../parameters/parameters.js';
import type { Values } from './guardedParameters.ts';

/** A resource that outlives its stack. */
export interface Kept {
  /** In the template. */
  name: string;
  type: string;
  /** Its ARN or id. */
  id: string;
  /** The resource was deleted, and a snapshot of it stays. */
  isSnapshot: boolean;
}

interface Template {
  Resources?: Record<string, { DeletionPolicy?: string }>;
}

/** The resources of a stack, on all pages. @throws an error of AWS */
export async function resourcesOf(
  client: CloudFormationClient,
  StackName: string,
): Promise<StackResourceSummary[]> {
  const found: StackResourceSummary[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName })) {
    found.push(...(page.StackResourceSummaries ?? []));
  }
  return found;
}

/** Finds what stays, by the template that is deployed: the one at hand may be another release's.
 * @throws an error of AWS */
export async function findKept(cloudFormation: CloudFormationClient, stack: string): Promise<Kept[]> {
  const { TemplateBody = '{}' } = await cloudFormation.send(new GetTemplateCommand({ StackName: stack }));
  const { Resources = {} }: Template = JSON.parse(TemplateBody); // osls deploys JSON
  const summaries = await resourcesOf(cloudFormation, stack);
  return summaries.flatMap(({ LogicalResourceId: name = '', ResourceType = '', PhysicalResourceId = '' }) => {
    const policy = Resources[name]?.DeletionPolicy ?? 'Delete';
    if (policy === 'Delete') return [];
    return [{ name, type: ResourceType, id: PhysicalResourceId, isSnapshot: policy === 'Snapshot' }];
  });
}

/** Under which name the next deployment takes a resource: by its name in the template, else by its type. */
const TAKEN_AS: Record<string, string> = {
  VoterSecret: 'voterSecretArn',
  SigningKey: 'signingKeysArn',
  FunctionsGroup: 'securityGroupIds',
  'AWS::MSK::Cluster': 'kafkaClusterArn',
  'AWS::EC2::VPC': 'vpcId',
  'AWS::EC2::Subnet': 'subnetIds',
  'AWS::EC2::RouteTable': 'routeTableId',
};

/** @param values of the stack: what it was given stays too
 * @returns lines of the stage's file that give what stays to the next deployment */
export function linesFor(kept: Kept[], values: Values): string[] {
  const given = Object.entries(values).filter(
    ([name, value]) => name in defaults && value !== String(defaults[name]),
  );
  const lines = new Map(given);
  const whole = kept.filter(({ isSnapshot }) => !isSnapshot);
  if (whole.some(({ type }) => type === 'AWS::MSK::Topic')) lines.set('existingTopics', 'true');
  const taken = Map.groupBy(whole, ({ name, type }) => TAKEN_AS[name] ?? TAKEN_AS[type]);
  for (const [parameter, of] of taken) {
    if (parameter) lines.set(parameter, of.map(({ id }) => id).join(','));
  }
  return [...lines].map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
}

const RESTORED = '# postgresHost and postgresResourceId: of a database that you restore from the snapshot';

/** @param stageFile that would hold the lines */
export function describeKept(kept: Kept[], values: Values, stageFile: string): string {
  const list = kept.map(
    ({ name, id, isSnapshot }) => `  ${name}: ${isSnapshot ? `a snapshot of ${id}` : id}`,
  );
  return [
    kept.length === 0 ? 'Nothing of the stack stays.' : 'These stay when the stack is gone, with their cost:',
    ...list,
    '',
    `The next deployment takes over what stays, and what the stack was given, by these lines of ${stageFile}:`,
    ...linesFor(kept, values),
    ...(kept.some(({ isSnapshot }) => isSnapshot) ? [RESTORED] : []),
  ].join('\n');
}
