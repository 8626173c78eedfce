import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deployments } from '../support/lambda/deployments.ts';
import { type PackagedStack, packageStack, type Resource } from '../support/lambda/packagedStack.ts';
import { rightsIn, rightsOf } from '../support/lambda/rights.ts';

const TOPICS = ['votes', 'standings', 'webhooks', 'votes.dlq'];
const on = (resource: string, ...actions: string[]) => actions.map((action) => `${action} on ${resource}`);

// What AWS's pages ask for: "Lambda execution role", "Giving functions access to a VPC", "IAM database access",
// "IAM access control actions of MSK", "Lambda and MSK permissions", "@connections".
const logs = [
  ...on('own logs', 'logs:CreateLogStream', 'logs:PutLogEvents'),
  ...on('everything', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'),
];
const vpc = on(
  'everything',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
);
const database = [...logs, ...vpc, ...on('database as PostgresUser', 'rds-db:connect')];
const kafka = [
  ...on('cluster', 'kafka-cluster:Connect'),
  ...TOPICS.flatMap((topic) => on(`topic ${topic}`, 'kafka-cluster:DescribeTopic')),
];
const produce = (topic: string) => on(`topic ${topic}`, 'kafka-cluster:WriteData');
const consume = (topic: string) => [
  ...on('cluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'),
  ...on('cluster', 'kafka-cluster:DescribeClusterDynamicConfiguration'),
  ...on(`topic ${topic}`, 'kafka-cluster:ReadData'),
  ...on(`group ${topic}`, 'kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'),
];
const manage = (method: string) => on(`${method} @connections`, 'execute-api:ManageConnections');

/** What each role's functions do. */
const NEEDED: Record<string, string[]> = {
  plainRole: logs,
  databaseRole: database,
  getHealthRole: [...database, ...kafka],
  castVoteRole: [...database, ...kafka, ...produce('votes')],
  announceRole: [...database, ...kafka, ...produce('standings')],
  tallyVotesRole: [
    ...database,
    ...kafka,
    ...consume('votes'),
    ...produce('standings'),
    ...produce('votes.dlq'),
  ],
  broadcastStandingsRole: [
    ...database,
    ...kafka,
    ...consume('standings'),
    ...manage('POST'),
    ...manage('DELETE'),
  ],
  sweepConnectionsRole: [...database, ...kafka, ...produce('standings'), ...manage('DELETE')],
  deliverWebhooksRole: [...database, ...kafka, ...consume('webhooks')],
  closeExpiredPollsRole: [
    ...database,
    ...kafka,
    ...produce('votes'),
    ...produce('standings'),
    ...produce('webhooks'),
  ],
  migrateRole: [
    ...database,
    ...on('database as master', 'rds-db:connect'),
    ...kafka,
    ...TOPICS.flatMap((topic) =>
      on(
        `topic ${topic}`,
        'kafka-cluster:CreateTopic',
        'kafka-cluster:AlterTopic',
        'kafka-cluster:DescribeTopicDynamicConfiguration',
      ),
    ),
  ],
  findBrokersRole: [...logs, ...on('cluster', 'kafka:GetBootstrapBrokers')],
};

let stack: PackagedStack;
beforeAll(() => {
  stack = packageStack();
});
afterAll(() => stack?.remove());

const isRole = ([, { Type }]: [string, Resource]) => Type === 'AWS::IAM::Role';

describe('the rights of each role', () => {
  test('are those that its functions need, and no others', () => {
    const resources = stack.deployedWith({});
    const roles = Object.entries(resources)
      .filter(isRole)
      .map(([id]) => id);
    const rights = Object.fromEntries(roles.map((role) => [role, rightsOf(resources, role)]));
    const needed = Object.entries(NEEDED).map(([role, actions]) => [role, [...actions].sort()] as const);
    expect(rights).toEqual(Object.fromEntries(needed));
  });

  test('are the same on what exists, but for the master of a database that the stack does not make', () => {
    const resources = stack.deployedWith(deployments['all existing'] ?? {});
    const roles = Object.entries(resources)
      .filter(isRole)
      .map(([id]) => id);
    for (const role of roles) {
      const expected = (NEEDED[role] ?? []).filter((right) => !right.includes('as master')).sort();
      expect([role, ...rightsOf(resources, role)]).toEqual([role, ...expected]);
    }
  });

  test.each(Object.entries(deployments))('name their resources with %s, where AWS has any', (_, values) => {
    const policies = Object.entries(stack.deployedWith(values)).filter(
      ([, { Type }]) => Type === 'AWS::IAM::ManagedPolicy',
    );
    for (const [id, policy] of policies) {
      const anywhere = rightsIn(policy).filter((right) => / on everything$|^[^ ]*\*/.test(right));
      // X-Ray has no resources, and EC2 none for what it describes.
      const others = anywhere.filter((right) => !/^(xray:Put|ec2:)\w+ on everything$/.test(right));
      expect([id, ...others]).toEqual([id]);
      expect([id, anywhere.some((right) => right.startsWith('ec2:'))]).toEqual([id, id === 'JoinVpc']);
    }
  });
});

/** Services of CloudFormation's types, where SECURITY.md has another word. */
const WORDS: Record<string, string> = {
  ApiGatewayV2: 'API Gateway',
  Events: 'EventBridge',
  SecretsManager: 'Secrets Manager',
  WAFv2: 'WAF',
};

test('SECURITY.md lists for the role that deploys every service of which a stack has resources', () => {
  const types = Object.values(stack.resources).map(({ Type }) => Type);
  const services = types.filter((type) => type.startsWith('AWS::')).map((type) => type.split('::')[1] ?? '');
  const lines = readFileSync('SECURITY.md', 'utf8').match(/^ *\| [A-Z][^|]+/gm) ?? [];
  const listed = lines.flatMap((line) => line.replace('|', '').split(',')).map((word) => word.trim());
  const unlisted = [...new Set(services)].filter((name) => !listed.includes(WORDS[name] ?? name));
  expect(unlisted).toEqual([]);
});
