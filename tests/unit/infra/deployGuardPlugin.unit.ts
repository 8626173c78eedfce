import { expect, test } from '@jest/globals';
import DeployGuardPlugin from '../../../lib/infra/deployGuardPlugin.ts';
import { GUARDED } from '../../../lib/infra/guardedParameters.ts';
import { defaults } from '../../../lib/infra/parameters.js';

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
  { deployed = missingStack(), outputs = {}, param = [] as string[] }: Options = {},
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
}

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:voters-a1b2c3';

test('a stack with placeholders is not deployed, and the message names them', async () => {
  const parameters = {
    PostgresHost: 'placeholder.invalid',
    SubnetIds: 'subnet-00000000000000000',
    PostgresUser: 'poleparty',
  };
  await expect(deploy(parameters)).rejects.toThrow(/have no value: postgresHost, subnetIds\./);
});

test('a stack with voters’ tokens is deployed only with issuer and audience', async () => {
  const parameters = { VoterAuth: 'jwt', JwtIssuer: '', JwtAudience: 'polls' };
  await expect(deploy(parameters)).rejects.toThrow(/have no value: jwtIssuer\./);
  await deploy({ ...parameters, VoterAuth: 'open' });
});

test('a stack that is not there yet is deployed with any values', async () => {
  const KafkaClusterArn =
    'arn:aws:kafka:eu-west-1:123456789012:cluster/polls/0f1e2d3c-1111-2222-3333-444455556666-7';
  await deploy({ KafkaClusterArn, VoterSecretArn: '' });
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
  const refused = deploy({ [name]: is }, { deployed: { parameters: { [name]: was } } });
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toThrow(/lib\/infra\/stages\/prod\.yml.*--param=acceptChanges=true/);
});

test.each([
  ['more partitions', 'VotesPartitions', 9, 12],
  ['voters with tokens', 'VoterAuth', 'open', 'jwt'],
  ['a subnet more', 'SubnetIds', 'subnet-1', 'subnet-1,subnet-2'],
  ['another tick', 'TickMs', 400, 250],
])('%s is deployed', async (_, name, was, is) => {
  const others = { JwtIssuer: 'https://a.example', JwtAudience: 'polls' };
  await deploy({ ...others, [name]: is }, { deployed: { parameters: { [name]: was } } });
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

/** Those of the stack that makes its own network and cluster, and what outputs tell. */
const NOT_YET_PARAMETERS = ['KAFKA_GROUP_ID', 'existingTopics', 'kafkaReplication', 'size', 'vpcId'];

test('what is guarded are parameters, as they are spelled', () => {
  const names = new Set([...Object.keys(defaults), ...NOT_YET_PARAMETERS]);
  expect(GUARDED.filter((name) => !names.has(name))).toEqual([]);
});
