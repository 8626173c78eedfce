import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEPLOYMENTS } from '../../lib/infra/costs/costs.ts';
import { deployments } from '../support/lambda/deployments.ts';
import { evaluateTemplate, type Values } from '../support/lambda/evaluateTemplate.ts';
import { type PackagedStack, packageStack, type Resource } from '../support/lambda/packagedStack.ts';
import { allBefore, referencesOf } from '../support/lambda/references.ts';

const MAX_RESOURCES = 400; // of 500 that CloudFormation takes
const LINES = 150;
/** Types whose names an account has once for all regions, or the world once. */
const ONCE_AN_ACCOUNT = /^AWS::(IAM|CloudFront|Route53|S3)::|^AWS::(CloudWatch::Dashboard|WAFv2::WebACL)$/;
/** What carries the packets of a function in the VPC. */
const WAYS = [
  'AWS::EC2::Route',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::SecurityGroupIngress',
];
const LINT_LIMIT_MS = 600_000; // half a minute on a machine that does nothing else

let stack: PackagedStack;

beforeAll(() => {
  stack = packageStack();
});
afterAll(() => stack?.remove());

const each = test.each(Object.entries(deployments));
const ofType = (resources: Record<string, Resource>, type: string) =>
  Object.entries(resources).filter(([, { Type }]) => Type === type);

describe('the resources', () => {
  each('of a deployment with %s are these types, so many of each', (_, values) => {
    const counts: Record<string, number> = {};
    for (const { Type } of Object.values(stack.deployedWith(values))) counts[Type] = (counts[Type] ?? 0) + 1;
    expect(Object.fromEntries(Object.entries(counts).sort())).toMatchSnapshot();
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBeLessThan(MAX_RESOURCES);
  });

  test('are each made by at least one kind of deployment', () => {
    const made = new Set(
      Object.values(deployments).flatMap((values) => Object.keys(stack.deployedWith(values))),
    );
    expect(Object.keys(stack.resources).filter((id) => !made.has(id))).toEqual([]);
  });

  test('that the schedule and posts by IPv6 need are as the deployment says', () => {
    const asleep = stack.deployedWith({ Asleep: 'true' });
    for (const [at, state] of [
      [stack.deployedWith({}), 'ENABLED'],
      [asleep, 'DISABLED'],
    ] as const) {
      const rules = ofType(at, 'AWS::Events::Rule').map(([, { Properties }]) => Properties['State']);
      expect(rules).toEqual([state, state]);
      expect(at['WebsocketsApi']?.Properties).toMatchObject({ IpAddressType: 'dualstack' });
    }
    expect(ofType(asleep, 'AWS::EC2::NatGateway')).toEqual([]);
  });

  each('of a deployment with %s refer to nothing that it lacks', (_, values) => {
    const resources = stack.deployedWith(values);
    const known = new Set([...Object.keys(resources), ...Object.keys(stack.parameters)]);
    for (const [id, resource] of Object.entries(resources)) {
      const lacking = [...referencesOf(resource)].filter(
        (name) => !known.has(name) && !name.startsWith('AWS::'),
      );
      expect([id, ...lacking]).toEqual([id]);
    }
  });

  test('have the region in names that an account has once, so that a stage deploys into several', () => {
    const named = Object.entries(stack.resources).flatMap(([id, { Type, Properties }]) => {
      if (!ONCE_AN_ACCOUNT.test(Type)) return [];
      const { CachePolicyConfig = {}, ...others } = Properties as Record<string, object>;
      const names = Object.entries({ ...others, ...CachePolicyConfig }).filter(([key]) => /Name$/.test(key));
      return names.map(([key, value]) => [`${id} ${key}`, JSON.stringify(value)] as const);
    });
    expect(named.map(([what]) => what).sort()).toEqual([
      'CachePolicy Name',
      'Dashboard DashboardName',
      'DataCachePolicy Name',
    ]);
    for (const [what, name] of named)
      expect([what, name]).toEqual([what, expect.stringContaining(`\${AWS::Region}`)]);
    expect(new Set(named.map(([, name]) => name)).size).toBe(named.length);
  });

  test('that hold votes, and what they need, outlive the stack; the database leaves a snapshot', () => {
    const resources = stack.deployedWith({});
    const kept = Object.entries(resources).filter(
      ([, { UpdateReplacePolicy }]) => UpdateReplacePolicy === 'Retain',
    );
    const ids = kept.map(([id]) => id);
    expect(ids).toEqual(expect.arrayContaining(['KafkaCluster', 'VotesTopic', 'VoterSecret', 'SigningKey']));
    for (const [, { DeletionPolicy }] of kept) expect(DeletionPolicy).toMatch(/^Retain(ExceptOnCreate)?$/);
    expect(resources['Database']).toMatchObject({
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
      Properties: { DeleteAutomatedBackups: false },
    });
    // Deleting what a kept resource refers to would fail, and the deletion of the stack with it.
    for (const id of ids) {
      for (const before of allBefore(resources, id))
        expect([id, before, ids.includes(before)]).toEqual([id, before, true]);
    }
  });
});

describe('the order of the first deployment', () => {
  each('has no cycle, and is schema before code, topics before mappings, with %s', (_, values) => {
    const resources = stack.deployedWith(values);
    const allOf = (id: string) => [...allBefore(resources, id)];
    const typed = (type: string) => ofType(resources, type).map(([id]) => id);
    for (const id of Object.keys(resources)) allOf(id);

    const topics = typed('AWS::MSK::Topic');
    expect(allOf('Migration')).toEqual(
      expect.arrayContaining([...topics, ...typed('AWS::RDS::DBInstance').slice(0, 1)]),
    );
    for (const [id, { Properties }] of ofType(resources, 'AWS::Lambda::Function')) {
      const { Variables } = Properties['Environment'] as { Variables: Record<string, unknown> };
      const waits = allOf(id).includes('Migration');
      expect([id, waits]).toEqual([id, 'POSTGRES_HOST' in Variables && id !== 'MigrateLambdaFunction']);
    }
    const mappings = ofType(resources, 'AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(3);
    for (const [id, { Properties }] of mappings) {
      const [topic] = Properties['Topics'] as unknown[];
      expect(allOf(id)).toContain('Migration');
      if (topics.length > 0) expect(topics).toContain(topicOf(topic));
    }
  });

  // A function in the VPC answers CloudFormation at an address of S3. In a rollback CloudFormation deletes in the
  // opposite order, and waits for the answer to Delete as well.
  each('has the way out before the custom resources that need it, with %s', (_, values) => {
    const resources = stack.deployedWith(values);
    const leads = Object.entries(resources).filter(
      ([id, { Type }]) => WAYS.includes(Type) && id !== 'KafkaFromPollers',
    );
    const inVpc = Object.entries(resources).filter(([, { Type, Properties }]) => {
      const [id] =
        (Properties?.['ServiceToken'] as { 'Fn::GetAtt': string[] } | undefined)?.['Fn::GetAtt'] ?? [];
      return Type.startsWith('Custom::') && 'VpcConfig' in (resources[`${id}`]?.Properties ?? {});
    });
    expect(inVpc.map(([id]) => id)).toEqual(['Migration']);
    for (const [id] of inVpc) {
      const before = allBefore(resources, id);
      expect([id, leads.map(([lead]) => lead).filter((lead) => !before.has(lead))]).toEqual([id, []]);
    }
  });

  /** The topic whose name this takes from its ARN. */
  const topicOf = (name: unknown) => {
    const {
      'Fn::Select': [
        at,
        {
          'Fn::Split': [, { Ref: id }],
        },
      ],
    } = name as {
      'Fn::Select': [number, { 'Fn::Split': [string, { Ref: string }] }];
    };
    expect(at).toBe(3);
    return id;
  };
});

describe('the topics of the stack', () => {
  test('have the replicas that KAFKA_REPLICATION says to the migration', () => {
    const replicas = (values: Values) => {
      const resources = stack.deployedWith(values);
      const migrate = resources['MigrateLambdaFunction']?.Properties['Environment'];
      const { Variables } = migrate as { Variables: { KAFKA_REPLICATION: string } };
      const ofTopics = ofType(resources, 'AWS::MSK::Topic').map(
        ([, { Properties }]) => `${Properties['ReplicationFactor']}`,
      );
      return [...new Set([...ofTopics, Variables.KAFKA_REPLICATION])];
    };
    expect(replicas({})).toEqual(['2']);
    expect(replicas({ Size: 'production' })).toEqual(['3']);
    expect(replicas({ KafkaReplication: '1' })).toEqual(['1']);
  });

  test('have the settings that the migration requires', () => {
    const votes = stack.deployedWith({})['VotesTopic'];
    const settings = JSON.parse(Buffer.from(String(votes?.Properties['Configs']), 'base64').toString());
    expect(settings).toEqual({
      'message.timestamp.type': 'LogAppendTime',
      'retention.ms': '604800000',
      'retention.bytes': '-1',
      'cleanup.policy': 'delete',
      'min.insync.replicas': '2',
      'unclean.leader.election.enable': 'false',
    });
  });
});

describe('the cost model', () => {
  test.each([
    ['production', { Size: 'production' }],
    ['demo', {}],
    ['asleep', { Asleep: 'true' }],
  ] as const)('of %s has what the template has', (size, values) => {
    const resources = stack.deployedWith(values);
    const cluster = resources['KafkaCluster']?.Properties;
    const scaling = resources['Database']?.Properties['ServerlessV2ScalingConfiguration'];
    const { MinCapacity } = scaling as { MinCapacity: number };
    const { brokers, brokerType, brokerStorage, acus, hasNat, epus, isScheduled } = DEPLOYMENTS[size];
    expect(cluster).toMatchObject({
      NumberOfBrokerNodes: brokers,
      BrokerNodeGroupInfo: {
        InstanceType: brokerType,
        StorageInfo: { EBSStorageInfo: { VolumeSize: brokerStorage } },
      },
    });
    // A database that may pause has its least while the schedule keeps it awake.
    expect(MinCapacity === 0 && isScheduled ? 0.5 : MinCapacity).toBe(acus);
    expect(ofType(resources, 'AWS::RDS::DBInstance')).toHaveLength(1);
    expect(ofType(resources, 'AWS::EC2::NatGateway')).toHaveLength(hasNat ? 1 : 0);
    const mappings = ofType(resources, 'AWS::Lambda::EventSourceMapping');
    const provisioned = mappings.filter(([, { Properties }]) => 'ProvisionedPollerConfig' in Properties);
    expect(provisioned).toHaveLength(epus === 1 ? 3 : 0);
    const [, rule] = ofType(resources, 'AWS::Events::Rule')[0] ?? [];
    expect(rule?.Properties['State']).toBe(isScheduled ? 'ENABLED' : 'DISABLED');
  });
});

/** The template without the branches that a deployment does not take: a third of the linter's time, and it finds what would
 * be wrong with these values. */
function deployed(values: Values): object {
  const { Conditions: _, Parameters, ...others } = stack.template;
  const entries = Object.entries(Parameters).map(([name, parameter]) => {
    return [name, { ...parameter, Default: values[name] ?? parameter.Default }];
  });
  const present = (section: Record<string, Resource>) => {
    const evaluated = Object.entries(evaluateTemplate({ ...stack.template, Resources: section }, values));
    return Object.fromEntries(evaluated.map(([id, { Condition: __, ...resource }]) => [id, resource]));
  };
  const { Resources, Outputs } = stack.template;
  const sections = { Resources: present(Resources), Outputs: present(Outputs) };
  return { ...others, Parameters: Object.fromEntries(entries), ...sections };
}

const run = promisify(execFile);

/** Returns the linter's errors. Warnings are of osls: dependencies that references imply. */
async function lint(files: string[]): Promise<string> {
  const flags = ['--non-zero-exit-code', 'none', '--ignore-checks', 'W'];
  return (await run('cfn-lint', [...flags, '--', ...files])).stdout;
}

describe('lib/infra', () => {
  test(`has no file of more than ${LINES} lines`, () => {
    const long = readdirSync('lib/infra', { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => readFileSync(path, 'utf8').trimEnd().split('\n').length > LINES);
    expect(long).toEqual([]);
  });

  // A bare machine has no cfn-lint (a Python package); continuous integration must have it.
  const hasLinter = spawnSync('cfn-lint', ['--version']).status === 0;
  (hasLinter || process.env['CI'] ? test : test.skip)(
    'is legal CloudFormation with the parameters of every kind of deployment',
    async () => {
      const folder = dirname(stack.templatePath);
      const files = Object.values(deployments).map((values, at) => {
        const file = join(folder, `deployment-${at}.json`);
        writeFileSync(file, JSON.stringify(deployed(values)));
        return file;
      });
      const middle = Math.ceil(files.length / 2);
      const findings = await Promise.all([files.slice(0, middle), files.slice(middle)].map(lint));
      expect(findings.join('')).toBe('');
    },
    LINT_LIMIT_MS,
  );
});
