import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { hasPython } from '../support/clients/tools.ts';
import { type Deployment, deployment } from '../support/moto/deployment.ts';
import { type Call, type MockAws, REGION, startMockAws } from '../support/moto/mockAws.ts';
import { operate } from '../support/system/operate.ts';

/** What a stage is given where network, cluster and database exist. */
const EXISTING = {
  subnetIds: 'subnet-1,subnet-2',
  securityGroupIds: 'sg-1',
  kafkaClusterArn: `arn:aws:kafka:${REGION}:123456789012:cluster/polls/0f1e2d3c-1111-2222-3333-444455556666-7`,
  kafkaBrokers: 'b-1.example.com:9098,b-2.example.com:9098',
  postgresHost: 'db.example.com',
  postgresResourceId: 'cluster-A1',
  votesPartitions: 24,
};

// A deployment takes a quarter of a minute of one core, and other suites run beside it.
jest.setTimeout(300_000);

const supported = hasPython() || process.env['CI'] ? describe : describe.skip;

supported('serverless on a stand-in for AWS', () => {
  let aws: MockAws;
  let first: Deployment;
  let second: Deployment;
  let secrets: SecretsManagerClient;

  beforeAll(async () => {
    aws = await startMockAws();
    first = deployment(aws, 'moto-first');
    second = deployment(aws, 'moto-second');
    const credentials = { accessKeyId: 'mock', secretAccessKey: 'mock' };
    secrets = new SecretsManagerClient({
      region: REGION,
      endpoint: aws.env['AWS_ENDPOINT_URL'] ?? '',
      credentials,
    });
  });
  afterAll(async () => {
    first?.dispose();
    second?.dispose();
    secrets?.destroy();
    await aws?.stop();
  });

  const named = (calls: Call[], pattern: RegExp) => calls.filter(({ name }) => pattern.test(name));
  /** What changes a stack or uploads something. */
  const CHANGING = /^(CreateStack|UpdateStack|DeleteStack|PUT |DELETE )/;

  const idsOf = async (of: Deployment, type: string) =>
    (await of.resources())
      .filter(({ ResourceType }) => ResourceType === type)
      .map(({ PhysicalResourceId = '' }) => PhysicalResourceId);

  const secretText = async (SecretId: string) =>
    (await secrets.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' }))).SecretString ??
    '';

  async function variablesOf(of: Deployment, name: string): Promise<Record<string, string>> {
    const path = `/2015-03-31/functions/poleparty-${of.stage}-${name}/configuration`;
    const found = await aws.read<{ Environment: { Variables: Record<string, string> } }>('lambda', path);
    return found.Environment.Variables;
  }

  test('a first deployment looks for the stack, makes it, uploads, and updates it, with no parameters', async () => {
    first.setValues(EXISTING);
    aws.takeCalls();
    expect(await first.run('deploy')).toMatchObject({ exitCode: 0 });
    const calls = aws.takeCalls();
    const steps = named(calls, /^(DescribeStacks|CreateStack|ValidateTemplate|UpdateStack|PUT .*)$/);
    const order = steps.map(({ name }) => (name.startsWith('PUT ') ? 'upload' : name));
    expect(order[0]).toBe('DescribeStacks');
    const changes = order.filter((name, at) => name !== 'DescribeStacks' && name !== order[at - 1]);
    expect(changes).toEqual(['CreateStack', 'upload', 'ValidateTemplate', 'UpdateStack']);
    // CloudFormation takes the template's defaults, which are the values.
    for (const { fields } of named(calls, /^(Create|Update)Stack$/)) {
      expect(Object.keys(fields).filter((field) => field.startsWith('Parameters.'))).toEqual([]);
    }
    expect(await first.parameters()).toMatchObject({ VotesPartitions: '24', TickMs: '400' });
    expect(await variablesOf(first, 'migrate')).toMatchObject({
      VOTES_PARTITIONS: '24',
      KAFKA_BROKERS: EXISTING.kafkaBrokers,
    });
  });

  test('the same again is skipped', async () => {
    aws.takeCalls();
    const { exitCode, output } = await first.run('deploy');
    expect(output).toMatch(/No changes to deploy/);
    expect(exitCode).toBe(0);
    expect(named(aws.takeCalls(), CHANGING)).toEqual([]);
  });

  test('a value that is forgotten is refused under its own name, before anything is uploaded', async () => {
    const { votesPartitions, ...forgetful } = EXISTING;
    first.setValues(forgetful);
    aws.takeCalls();
    const { exitCode, output } = await first.run('deploy');
    expect(output).toContain(`votesPartitions: ${votesPartitions} is deployed, this is 12.`);
    expect(exitCode).toBe(1);
    expect(named(aws.takeCalls(), CHANGING)).toEqual([]);
    expect(await first.parameters()).toMatchObject({ VotesPartitions: '24' });
  });

  test('a changed value reaches stack and functions', async () => {
    first.setValues({ ...EXISTING, tickMs: 250 });
    expect(await first.run('deploy')).toMatchObject({ exitCode: 0 });
    expect(await first.parameters()).toMatchObject({ TickMs: '250', VotesPartitions: '24' });
    expect(await variablesOf(first, 'broadcastStandings')).toMatchObject({ TICK_MS: '250' });
  });

  test('signing keys rotate by two deployments', async () => {
    const rotate = async () => {
      const args = ['--stage', first.stage, '--json'];
      const { exitCode, stdout, stderr } = await operate('rotate', args, aws.env);
      expect(stderr).toBe('');
      return { exitCode, ...JSON.parse(stdout) };
    };
    const [, made = ''] = (await idsOf(first, 'AWS::SecretsManager::Secret')).sort().reverse();
    const added = await rotate();
    expect(added).toMatchObject({ exitCode: 0, did: 'added', kid: 'k2', keys: ['k1', 'k2'], secret: made });
    // A second run before the deployment changes nothing.
    const held = await secretText(made);
    expect(await rotate()).toMatchObject({ exitCode: 1, did: 'refused' });
    expect(await secretText(made)).toBe(held);

    expect(await first.run('deploy', '--force')).toMatchObject({ exitCode: 0 });
    expect(await rotate()).toMatchObject({ exitCode: 0, did: 'promoted', keys: ['k2', 'k1'] });
    expect(JSON.parse(await secretText(made)).secret).toBe(JSON.parse(held).secret);
  });

  test('a second stage shares no topic, group, log group, role or function', async () => {
    second.setValues(EXISTING);
    expect(await second.run('deploy')).toMatchObject({ exitCode: 0 });
    const [topics, others] = [await first.topicsAndGroups(), await second.topicsAndGroups()];
    expect(topics).toHaveLength(6);
    expect(others).toHaveLength(6);
    expect(topics.filter((name) => others.includes(name))).toEqual([]);
    const types = [
      'AWS::Logs::LogGroup',
      'AWS::IAM::Role',
      'AWS::IAM::ManagedPolicy',
      'AWS::Lambda::Function',
    ];
    for (const type of types) {
      const [own, foreign] = [await idsOf(first, type), await idsOf(second, type)];
      expect(own.length).toBeGreaterThan(5);
      expect(foreign).toHaveLength(own.length);
      expect(own.filter((id) => foreign.includes(id))).toEqual([]);
    }
  });

  test('a removed stage leaves its secrets, and the lines it prints give them to the next deployment', async () => {
    const kept = await idsOf(first, 'AWS::SecretsManager::Secret');
    expect(kept).toHaveLength(2);
    const before = await Promise.all(kept.map(secretText));
    const { exitCode, output } = await first.run('remove');
    expect(exitCode).toBe(0);
    expect(await first.parameters()).toBeUndefined();
    expect(await Promise.all(kept.map(secretText))).toEqual(before);
    expect(await second.parameters()).toBeDefined();

    const lines = output.match(/^\w+: ".*"$/gm) ?? [];
    for (const secret of kept) expect(lines.join('\n')).toContain(`Arn: "${secret}"`);
    first.setFile(lines.join('\n'));
    expect(await first.run('deploy')).toMatchObject({ exitCode: 0 });
    expect(await first.parameters()).toMatchObject({ VotesPartitions: '24', TickMs: '250' });
    expect(await idsOf(first, 'AWS::SecretsManager::Secret')).toEqual([]);
  });
});
