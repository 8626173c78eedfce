import { expect, test } from '@jest/globals';
import DeployGuardPlugin from '../../../lib/infra/deploy/deployGuardPlugin.ts';
import { GUARDED } from '../../../lib/infra/deploy/guardedParameters.ts';
import { defaults } from '../../../lib/infra/parameters/parameters.js';

type Values = Record<string, string | number>;

interface Deployed {
  parameters: Values;
  outputs?: Record<string, string>;
}

const missingStack = () =>
  Object.assign(new Error('Stack with id poleparty-prod does not exist'), { name: 'ValidationError' });

/** What CloudFormation answers to DescribeStacks. */
function describe({ parameters, outputs = {} }: Deployed) {
  const Parameters = Object.entries(parameters).map(([ParameterKey, value]) => {
    return { ParameterKey, ParameterValue: String(value) };
  });
  const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
  return { Stacks: [{ Parameters, Outputs }] };
}

/** Runs the guard on a template with these values.
 * @param options `deployed` is the stack that is out there, or the error of asking for it */
async function deploy(
  values: Values,
  { deployed = missingStack(), outputs = {}, param = [], region = 'us-east-1' }: Options = {},
): Promise<void> {
  const Parameters = Object.fromEntries(Object.entries(values).map(([name, Default]) => [name, { Default }]));
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }]));
  const cloudFormation = {
    send: async () => {
      if (deployed instanceof Error) throw deployed;
      return describe(deployed);
    },
  };
  const provider = {
    getCloudFormationClient: async () => cloudFormation as never,
    getStage: () => 'prod',
    getRegion: () => region,
    naming: { getStackName: () => 'poleparty-prod' },
  };
  const service = { provider: { compiledCloudFormationTemplate: { Parameters, Outputs } } };
  const serverless = { service, classes: { Error }, getProvider: () => provider };
  await new DeployGuardPlugin(serverless, { param }).hooks['before:deploy:deploy']?.();
}

interface Options {
  deployed?: Deployed | Error;
  outputs?: Record<string, string>;
  param?: string[];
  region?: string;
}

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:voters-a1b2c3';

/** What other parameters need beside them. */
const COMPANIONS = {
  JwtIssuer: 'https://a.example',
  JwtAudience: 'polls',
  VpcId: 'vpc-1',
  SubnetIds: 'subnet-1',
  SecurityGroupIds: 'sg-1',
  PostgresResourceId: 'cluster-1',
};

test('a parameter that needs others is deployed only with them, and the message names those that are missing', async () => {
  const message = /have no value: subnetIds, securityGroupIds, postgresResourceId\./;
  await expect(deploy({ VpcId: 'vpc-1', PostgresHost: 'db.example' })).rejects.toThrow(message);
  await deploy({ VpcId: '', PostgresHost: '', SubnetIds: '' });
});

test.each([
  ['a cluster', { KafkaClusterArn: 'arn:a' }, 'subnetIds, securityGroupIds'],
  ['a database', { PostgresHost: 'db.example' }, 'postgresResourceId, subnetIds, securityGroupIds'],
])('%s that exists is in a network that exists', async (_, values, missing) => {
  await expect(deploy(values)).rejects.toThrow(`have no value: ${missing}.`);
});

test('subnets need the name of their VPC, unless cluster and database both exist', async () => {
  const network = { SubnetIds: 'subnet-1', SecurityGroupIds: 'sg-1' };
  const cluster = { KafkaClusterArn: 'arn:a' };
  const database = { PostgresHost: 'db.example', PostgresResourceId: 'cluster-1' };
  for (const made of [{}, cluster, database]) {
    await expect(deploy({ ...network, ...made })).rejects.toThrow('have no value: vpcId.');
    await deploy({ ...network, ...made, VpcId: 'vpc-1' });
  }
  await deploy({ ...network, ...cluster, ...database });
  await expect(deploy({ RouteTableId: 'rtb-1' })).rejects.toThrow('have no value: vpcId.');
});

const NETWORK = { VpcId: 'vpc-1', SubnetIds: 'subnet-1', SecurityGroupIds: 'sg-1' };

test.each([
  ['on-demand pollers', { Pollers: 'on-demand', Size: 'production' }],
  ['a demo’s pollers', { Pollers: 'by-size', Size: 'demo' }],
  [
    'a demo’s pollers, in the VPC of an earlier stack',
    { Pollers: 'by-size', Size: 'demo', ...NETWORK, RouteTableId: 'rtb-1' },
  ],
])('without NAT, %s are refused, since they would count no vote', async (_, values) => {
  await expect(deploy({ ...values, Nat: 'false' })).rejects.toThrow(/pollers=provisioned or nat=true/);
  await deploy({ ...values, Nat: 'true' });
});

test.each([
  ['provisioned pollers', { Pollers: 'provisioned', Size: 'demo' }],
  ['production’s pollers', { Pollers: 'by-size', Size: 'production' }],
  [
    'on-demand pollers in a VPC with outbound access of its own',
    { Pollers: 'on-demand', Size: 'demo', ...NETWORK },
  ],
])('without NAT, %s are deployed', async (_, values) => {
  await deploy({ ...values, Nat: 'false' });
});

test('with two zones, the three brokers of production are refused, unless their subnets exist', async () => {
  const production = { Size: 'production', Pollers: 'by-size', Nat: 'true' };
  await expect(deploy({ ...production, Zones: '2' })).rejects.toThrow(/Set zones=3, or size=demo/);
  await deploy({ ...production, Zones: '3' });
  await deploy({ ...production, Zones: '2', ...NETWORK });
  await deploy({ Size: 'demo', Zones: '2' });
});

test('with CloudFront, limits that its WAF does not take are refused', async () => {
  const limits = { RequestsPerAddress: 12000, ReadsPerAddress: 300000, CreationsPerMinute: 9 };
  await expect(deploy({ ...limits, Cloudfront: 'true' })).rejects.toThrow(
    /at least 10: creationsPerMinute\./,
  );
  const message = /at least 10: requestsPerAddress, creationsPerMinute\./;
  await expect(deploy({ ...limits, RequestsPerAddress: 1, Cloudfront: 'true' })).rejects.toThrow(message);
  await expect(deploy({ ...limits, ReadsPerAddress: 9, Cloudfront: 'true' })).rejects.toThrow(
    /at least 10: readsPerAddress, creationsPerMinute\./,
  );
  await deploy({ ...limits, CreationsPerMinute: 10, Cloudfront: 'true' });
  await deploy({ ...limits, CreationsPerMinute: 10, ReadsPerAddress: 0, Cloudfront: 'true' });
  await deploy({ ...limits, CreationsPerMinute: 0, Cloudfront: 'true' });
  await deploy({ ...limits, RequestsPerAddress: 0, Cloudfront: 'true' });
  await deploy({ ...limits, Cloudfront: 'false' });
});

test('outside us-east-1, CloudFront is deployed only with a web ACL from there, or on demand without limits', async () => {
  const limits = { Cloudfront: 'true', RequestsPerAddress: 12000, CreationsPerMinute: 30 };
  const elsewhere = { region: 'eu-west-1' };
  await expect(deploy(limits, elsewhere)).rejects.toThrow(
    /us-east-1 only\. .* set webAclArn, or .*=0: then nothing/,
  );
  await deploy(limits);
  await deploy({ ...limits, WebAclArn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b' }, elsewhere);
  await deploy({ ...limits, RequestsPerAddress: 0 }, elsewhere);
  await deploy({ ...limits, Cloudfront: 'false' }, elsewhere);
});

test('a stack with voters’ tokens is deployed only with issuer and audience', async () => {
  const parameters = { VoterAuth: 'jwt', JwtIssuer: '', JwtAudience: 'polls' };
  await expect(deploy(parameters)).rejects.toThrow(/have no value: jwtIssuer\./);
  await deploy({ ...parameters, VoterAuth: 'open' });
});

test('a stack that is not there yet is deployed with any values', async () => {
  const KafkaClusterArn =
    'arn:aws:kafka:eu-west-1:123456789012:cluster/polls/0f1e2d3c-1111-2222-3333-444455556666-7';
  await deploy({ ...COMPANIONS, KafkaClusterArn, VoterSecretArn: '' });
});

test('the same values are deployed again, and parameters that are new with a release', async () => {
  const parameters = { VoterSecretArn: SECRET, VotesPartitions: 24, VoterAuth: 'open' };
  await deploy({ ...parameters, Size: 'production' }, { deployed: { parameters } });
});

test.each([
  [
    'a forgotten secret',
    'VoterSecretArn',
    SECRET,
    '',
    /voterSecretArn: .*a1b2c3 is deployed, this is \(empty\)/,
  ],
  ['other signing keys', 'SigningKeysArn', '', SECRET, /signingKeysArn: \(empty\) is deployed/],
  ['fewer partitions of votes', 'VotesPartitions', 24, 12, /votesPartitions: 24 is deployed, this is 12/],
  ['fewer shards', 'StandingsPartitions', 8, 4, /standingsPartitions: 8 is deployed, this is 4/],
  ['voters without tokens', 'VoterAuth', 'jwt', 'open', /voterAuth: jwt is deployed, this is open/],
  ['a zone less', 'Zones', 3, 2, /zones: 3 is deployed, this is 2/],
  ['creators without keys', 'CreateAuth', 'key', 'open', /createAuth: key is deployed, this is open/],
  ['another cluster', 'KafkaClusterArn', 'arn:a', 'arn:b', /kafkaClusterArn: arn:a is deployed/],
  [
    'another database',
    'PostgresHost',
    'old.example',
    'new.example',
    /postgresHost: old\.example is deployed/,
  ],
  ['other subnets', 'SubnetIds', 'subnet-1,subnet-2', 'subnet-3', /subnetIds: subnet-1,subnet-2 is deployed/],
])('%s is refused under the name that is typed', async (_, name, was, is, message) => {
  const refused = deploy({ ...COMPANIONS, [name]: is }, { deployed: { parameters: { [name]: was } } });
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toThrow(/lib\/infra\/stages\/prod\.yml.*--param=acceptChanges=true/);
});

test.each([
  ['more partitions', 'VotesPartitions', 9, 12],
  ['voters with tokens', 'VoterAuth', 'open', 'jwt'],
  ['a zone more', 'Zones', 2, 3],
  ['a subnet more', 'SubnetIds', 'subnet-1', 'subnet-1,subnet-2'],
  ['another tick', 'TickMs', 400, 250],
])('%s is deployed', async (_, name, was, is) => {
  await deploy({ ...COMPANIONS, [name]: is }, { deployed: { parameters: { [name]: was } } });
});

test('tokens of another issuer name other voters, so it is refused', async () => {
  const deployed = { parameters: { VoterAuth: 'jwt', JwtIssuer: 'https://a.example' } };
  const values = { VoterAuth: 'jwt', JwtIssuer: 'https://b.example', JwtAudience: 'polls' };
  await expect(deploy(values, { deployed })).rejects.toThrow(/jwtIssuer: https:\/\/a\.example is deployed/);
});

test('another prefix of the topics or another group is refused, though neither is a parameter of the stack', async () => {
  const deployed = { parameters: {}, outputs: { VotesTopic: 'votes', KafkaGroupId: 'polling-group' } };
  const outputs = { VotesTopic: 'live-votes', KafkaGroupId: 'others' };
  const refused = deploy({}, { deployed, outputs });
  await expect(refused).rejects.toThrow(/kafkaTopicPrefix: \(empty\) is deployed, this is live-\./);
  await expect(refused).rejects.toThrow(/KAFKA_GROUP_ID: polling-group is deployed, this is others\./);
});

test('changes are accepted for one deployment by --param=acceptChanges=true', async () => {
  const deployed = { parameters: { VoterSecretArn: SECRET } };
  await deploy({ VoterSecretArn: '' }, { deployed, param: ['acceptChanges=true'] });
  await expect(deploy({ VoterSecretArn: '' }, { deployed, param: ['acceptChanges=no'] })).rejects.toThrow();
});

test.each([
  ['missing rights', 'AccessDenied', 'not authorized to perform cloudformation:DescribeStacks'],
  ['another refusal', 'ValidationError', 'stack name is malformed'],
])('%s stops the deployment with the words of AWS', async (_, name, message) => {
  const deployed = Object.assign(new Error(message), { name });
  await expect(deploy({}, { deployed })).rejects.toBe(deployed);
});

/** A variable of the environment that deploys. */
const NO_PARAMETERS = ['KAFKA_GROUP_ID'];

test('what is guarded are parameters, as they are spelled', () => {
  const names = new Set([...Object.keys(defaults), ...NO_PARAMETERS]);
  expect(GUARDED.filter((name) => !names.has(name))).toEqual([]);
});
