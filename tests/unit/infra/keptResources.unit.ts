import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { expect, test } from '@jest/globals';
import { describeKept, findKept, type Kept, linesFor } from '../../../lib/infra/deploy/keptResources.ts';
import { readStageFile } from '../../../lib/infra/deploy/stageFile.ts';

const kept = (name: string, type: string, id: string, isSnapshot = false): Kept => ({
  name,
  type,
  id,
  isSnapshot,
});

const SECRETS = [
  kept('VoterSecret', 'AWS::SecretsManager::Secret', 'arn:voters'),
  kept('SigningKey', 'AWS::SecretsManager::Secret', 'arn:keys'),
];

test('what stays is what the deployed template retains, on all pages of the stack’s resources', async () => {
  const Resources = {
    VoterSecret: { DeletionPolicy: 'Retain' },
    Database: { DeletionPolicy: 'Snapshot' },
    CastVote: {},
    NotMade: { DeletionPolicy: 'Retain' }, // its condition is false
  };
  const resource = (LogicalResourceId: string) => {
    return { LogicalResourceId, ResourceType: 'AWS::A::B', PhysicalResourceId: `id of ${LogicalResourceId}` };
  };
  const pages = [
    { StackResourceSummaries: [resource('CastVote'), resource('VoterSecret')], NextToken: '2' },
    { StackResourceSummaries: [resource('Database')] },
  ];
  const send = async ({ constructor: { name } }: object) =>
    name === 'GetTemplateCommand' ? { TemplateBody: JSON.stringify({ Resources }) } : pages.shift();
  // The paginator asks whether it has a client of this class.
  const { CloudFormationClient: Client } = await import('@aws-sdk/client-cloudformation');
  const client: CloudFormationClient = Object.assign(new Client({ region: 'us-east-1' }), { send });
  expect(await findKept(client, 'poleparty-dev')).toEqual([
    kept('VoterSecret', 'AWS::A::B', 'id of VoterSecret'),
    kept('Database', 'AWS::A::B', 'id of Database', true),
  ]);
});

test('lines name the secrets that stay, and values other than the defaults', () => {
  const values = { voterSecretArn: '', signingKeysArn: '', votesPartitions: '24', tickMs: '400' };
  expect(linesFor(SECRETS, values)).toEqual([
    'votesPartitions: "24"',
    'voterSecretArn: "arn:voters"',
    'signingKeysArn: "arn:keys"',
  ]);
});

test('a prefix is named even where it is empty, and outputs that are no parameters are not', () => {
  expect(linesFor([], { kafkaTopicPrefix: '', KAFKA_GROUP_ID: 'polling-group' })).toEqual([
    'kafkaTopicPrefix: ""',
  ]);
});

test('cluster, topics and network that stay are given as existing ones', () => {
  const stayed = [
    kept('Kafka', 'AWS::MSK::Cluster', 'arn:cluster'),
    kept('Votes', 'AWS::MSK::Topic', 'arn:votes'),
    kept('Network', 'AWS::EC2::VPC', 'vpc-1'),
    kept('SubnetA', 'AWS::EC2::Subnet', 'subnet-1'),
    kept('SubnetB', 'AWS::EC2::Subnet', 'subnet-2'),
    kept('PrivateRoutes', 'AWS::EC2::RouteTable', 'rtb-1'),
    kept('FunctionsGroup', 'AWS::EC2::SecurityGroup', 'sg-1'),
    kept('KafkaGroup', 'AWS::EC2::SecurityGroup', 'sg-2'), // the cluster is in it
    kept('Database', 'AWS::RDS::DBCluster', 'poleparty-prod', true),
  ];
  expect(linesFor(stayed, {})).toEqual([
    'existingTopics: "true"',
    'kafkaClusterArn: "arn:cluster"',
    'vpcId: "vpc-1"',
    'subnetIds: "subnet-1,subnet-2"',
    'routeTableId: "rtb-1"',
    'securityGroupIds: "sg-1"',
  ]);
  const report = describeKept(stayed, {}, 'lib/infra/stages/prod.yml');
  expect(report).toMatch(/Database: a snapshot of poleparty-prod/);
  expect(report).toMatch(/# postgresHost and postgresResourceId: .*snapshot/);
});

test('a stage’s file takes the lines', () => {
  const lines = linesFor(SECRETS, { tickMs: '250' });
  const names = lines.map((line) => line.split(':')[0] ?? '');
  const folder = mkdtempSync(join(tmpdir(), 'poleparty-stages-'));
  try {
    writeFileSync(join(folder, 'prod.yml'), lines.join('\n'));
    expect(readStageFile('prod', names, folder)).toEqual({
      tickMs: '250',
      voterSecretArn: 'arn:voters',
      signingKeysArn: 'arn:keys',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
