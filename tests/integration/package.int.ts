import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadableEnvironment } from '../support/lambda/loadableEnvironment.ts';
import { type PackagedStack, packageStack, type Resource } from '../support/lambda/packagedStack.ts';

interface Statement {
  Action: string | string[];
  Resource: unknown;
}

interface LambdaProperties {
  FunctionName: string;
  Handler: string;
  Role: { 'Fn::GetAtt': [string, string] };
  VpcConfig?: unknown;
  TracingConfig?: { Mode: string };
  Environment: { Variables: Record<string, unknown> };
}

let stack: PackagedStack;

const lambdas = () =>
  stack
    .ofType('AWS::Lambda::Function')
    .map(([, { Properties }]) => Properties as unknown as LambdaProperties);

const shortName = ({ FunctionName }: LambdaProperties) => FunctionName.replace(/^poleparty-dev-/, '');

const functionsWhere = (isWanted: (lambda: LambdaProperties) => boolean) =>
  lambdas().filter(isWanted).map(shortName).sort();

function statements(): { policy: string; action: string; resource: unknown }[] {
  return stack.ofType('AWS::IAM::ManagedPolicy').flatMap(([policy, { Properties }]) => {
    const { Statement } = Properties['PolicyDocument'] as { Statement: Statement[] };
    return Statement.flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) => [Resource].flat().map((resource) => ({ policy, action, resource }))),
    );
  });
}

const rolesWith = (policy: string) =>
  stack
    .ofType('AWS::IAM::Role')
    .filter(([, { Properties }]) => JSON.stringify(Properties['ManagedPolicyArns']).includes(`"${policy}"`))
    .map(([name]) => name);

beforeAll(() => {
  stack = packageStack();
});

afterAll(() => stack?.remove());

describe('permissions', () => {
  test('every function has a role of the stack, and osls adds none', () => {
    const roles = stack.ofType('AWS::IAM::Role').map(([name]) => name);
    for (const { Role } of lambdas()) expect(roles).toContain(Role['Fn::GetAtt'][0]);
    expect(new Set(lambdas().map(({ Role }) => Role['Fn::GetAtt'][0]))).toEqual(new Set(roles));
  });

  test('no role has statements other than the named policies', () => {
    for (const [, { Properties }] of stack.ofType('AWS::IAM::Role')) {
      expect(Object.keys(Properties)).toEqual(['AssumeRolePolicyDocument', 'ManagedPolicyArns']);
    }
  });

  test('no action has a wildcard', () => {
    expect(statements().filter(({ action }) => action.includes('*'))).toEqual([]);
  });

  test('only EC2’s and X-Ray’s actions, which support no resources, are allowed on everything', () => {
    const everywhere = statements().filter(({ resource }) => resource === '*');
    expect(new Set(everywhere.map(({ policy }) => policy))).toEqual(new Set(['JoinVpc', 'WriteLogs']));
    const actions = everywhere.map(({ action }) => action.split(':')[0]);
    expect(new Set(actions)).toEqual(new Set(['ec2', 'xray']));
  });

  test('only broadcastStandings can post to connections, the sweep can end them too, and on this API only', () => {
    const managing = statements().filter(({ action }) => action === 'execute-api:ManageConnections');
    const resources = managing.map(({ resource }) => JSON.stringify(resource)).sort();
    expect(resources).toEqual([
      expect.stringMatching(/WebsocketsApi\}\/dev\/DELETE\/@connections\/\*/),
      expect.stringMatching(/WebsocketsApi\}\/dev\/POST\/@connections\/\*/),
    ]);
    expect(rolesWith('PostToConnections')).toEqual(['broadcastStandingsRole']);
    expect(rolesWith('DisconnectClients')).toEqual(['broadcastStandingsRole', 'sweepConnectionsRole']);
  });

  test('only its producers can write to a topic', () => {
    expect(rolesWith('ProduceVotes')).toEqual(['castVoteRole', 'closeExpiredPollsRole']);
    expect(rolesWith('ProduceStandings')).toEqual([
      'announceRole',
      'tallyVotesRole',
      'sweepConnectionsRole',
      'closeExpiredPollsRole',
    ]);
    expect(rolesWith('ProduceWebhooks')).toEqual(['closeExpiredPollsRole']);
    expect(rolesWith('ProduceDeadLetters')).toEqual(['tallyVotesRole']);
  });

  test('only functions that use neither Kafka nor Postgres run outside the VPC', () => {
    const outside = [
      'connectAuthorizer',
      'findBrokers',
      'getAsset',
      'getAsyncApi',
      'getOpenApi',
      'notFound',
      'ping',
      'unknownAction',
    ];
    expect(functionsWhere(({ VpcConfig }) => !VpcConfig)).toEqual(outside);
    expect(rolesWith('JoinVpc')).not.toContain('plainRole');
    const variables = lambdas()
      .filter(({ VpcConfig }) => !VpcConfig)
      .flatMap(({ Environment }) => Object.keys(Environment.Variables));
    expect(variables.filter((name) => /^(POSTGRES|KAFKA|VOTES|STANDINGS)_/.test(name))).toEqual([]);
  });

  test('API Gateway can invoke WebSocket functions for this API only', () => {
    const permissions = stack.ofType('AWS::Lambda::Permission');
    expect(permissions.length).toBeGreaterThan(10);
    for (const [, { Properties }] of permissions) expect(Properties['SourceArn']).toBeDefined();
  });
});

describe('voters’ tokens', () => {
  const ifTokens = (yes: unknown, no: unknown) => ({ 'Fn::If': ['VotersHaveTokens', yes, no] });
  const none = { Ref: 'AWS::NoValue' };

  test('are checked by a JWT authorizer before castVote and nowhere else', () => {
    const { Condition, Properties } = stack.resources['VoterTokens'] ?? {};
    expect(Condition).toBe('VotersHaveTokens');
    expect(Properties).toMatchObject({ AuthorizerType: 'JWT', ApiId: { Ref: 'HttpApi' } });
    expect(stack.resources['HttpApiRoutePostPollsIdVarVote']?.Properties).toMatchObject({
      AuthorizationType: ifTokens('JWT', 'NONE'),
      AuthorizerId: ifTokens({ Ref: 'VoterTokens' }, none),
    });
  });

  test('are passed on over WebSocket, with an authorizer only where tokens are required', () => {
    const authorizer = stack.resources['ConnectAuthorizerWebsocketsAuthorizer'];
    expect(authorizer).toMatchObject({
      Condition: 'VotersHaveTokens',
      Properties: { AuthorizerType: 'REQUEST', IdentitySource: none },
    });
    expect(stack.resources['SconnectWebsocketsRoute']?.Properties).toMatchObject({
      AuthorizationType: ifTokens('CUSTOM', 'NONE'),
      AuthorizerId: ifTokens({ Ref: 'ConnectAuthorizerWebsocketsAuthorizer' }, none),
    });
    expect(stack.resources['ConnectAuthorizerLambdaPermissionWebsockets']?.Condition).toBe(
      'VotersHaveTokens',
    );
  });

  const logFormats = () => stack.ofType('AWS::ApiGatewayV2::Stage').map(([, stage]) => JSON.stringify(stage));

  test('do not appear in an access log', () => {
    expect(logFormats()).toHaveLength(2);
    for (const format of logFormats()) expect(format).not.toMatch(/querystring|authorizer|authorization/i);
  });

  test('are not logged, nor are client addresses, which would be next to the time of a vote', () => {
    for (const format of logFormats()) {
      expect(format).toContain('$context.requestTime');
      expect(format).not.toMatch(/sourceIp|userAgent|identity/i);
    }
  });
});

test('all functions are traced by sample, but for those that can run once for each vote', () => {
  const isTraced = ({ TracingConfig }: LambdaProperties) => TracingConfig?.Mode === 'Active';
  expect(functionsWhere((lambda) => !isTraced(lambda))).toEqual([
    'broadcastStandings',
    'castVote',
    'tallyVotes',
    'vote',
  ]);
});

describe('event source mappings', () => {
  /** Of topics that are there, so that they are called by name. */
  const mapping = (name: string, values = {}) =>
    stack.deployedWith({ Size: 'production', ExistingTopics: 'true', ...values })[name]?.Properties ?? {};

  test('tallyVotes retries without limit and has no failure destination', () => {
    const votes = mapping('TallyVotesEventSourceMappingMSKKafkaClusterArnPolepartydevvotes');
    expect(votes).toMatchObject({
      Topics: ['poleparty-dev-votes'],
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 2000,
      MaximumBatchingWindowInSeconds: 0,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: -1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(votes).not.toHaveProperty('DestinationConfig');
  });

  test('broadcastStandings gives up after three retries or a minute', () => {
    const standings = mapping('BroadcastStandingsEventSourceMappingMSKKafkaClusterArnPolepartydevstandings');
    expect(standings).toMatchObject({
      Topics: ['poleparty-dev-standings'],
      MaximumBatchingWindowInSeconds: 0,
      MaximumRetryAttempts: 3,
      MaximumRecordAgeInSeconds: 60,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('deliverWebhooks leaves longer failures to the schedule', () => {
    const webhooks = mapping('DeliverWebhooksEventSourceMappingMSKKafkaClusterArnPolepartydevwebhooks');
    expect(webhooks).toMatchObject({
      Topics: ['poleparty-dev-webhooks'],
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 50,
      MaximumBatchingWindowInSeconds: 0,
      MaximumRetryAttempts: 3,
      MaximumRecordAgeInSeconds: 300,
    });
    expect(webhooks).not.toHaveProperty('DestinationConfig');
  });

  test('share provisioned pollers, or say nothing that on-demand mode rejects', () => {
    const ids = stack.ofType('AWS::Lambda::EventSourceMapping').map(([id]) => id);
    expect(ids).toHaveLength(3);
    for (const id of ids) {
      expect(mapping(id)['ProvisionedPollerConfig']).toHaveProperty('PollerGroupName');
      const onDemand = Object.keys(mapping(id, { Pollers: 'on-demand' }));
      for (const property of [
        'ProvisionedPollerConfig',
        'FunctionResponseTypes',
        'MaximumRetryAttempts',
        'MaximumRecordAgeInSeconds',
      ]) {
        expect(onDemand).not.toContain(property);
      }
      expect(onDemand).toContain('MaximumBatchingWindowInSeconds');
    }
  });
});

describe('stages on one cluster', () => {
  /** Topics, groups and log groups, as mappings, rights and functions name them. */
  function namesIn({ ofType }: PackagedStack) {
    const texts = (resources: [string, Resource][]) => JSON.stringify(resources);
    const mappings = ofType('AWS::Lambda::EventSourceMapping').map(([id, { Properties }]) => {
      const { ConsumerGroupId } = Properties['AmazonManagedKafkaEventSourceConfig'] as {
        ConsumerGroupId: string;
      };
      return { id, group: ConsumerGroupId };
    });
    const rights = texts(ofType('AWS::IAM::ManagedPolicy')).match(/(?<=\$\{prefix\}\/)[^"]+/g) ?? [];
    const told = texts(ofType('AWS::Lambda::Function')).match(/(?<="KAFKA_TOPIC_PREFIX":")[^"]*/g) ?? [];
    const logs = ofType('AWS::Logs::LogGroup').map(([, { Properties }]) => `${Properties['LogGroupName']}`);
    return { mappings, rights: new Set(rights), told: new Set(told), logs };
  }

  const expected = (prefix: string) => {
    const kinds = ['votes', 'standings', 'webhooks'];
    const groups = kinds.map((kind) => `${prefix}polling-group-${kind}`);
    return { groups, topics: [...kinds, 'votes.dlq'].map((kind) => `${prefix}${kind}`) };
  };

  test('have separate topics, groups, permissions and logs, and their functions use them', () => {
    const other = packageStack('--stage', 'production');
    try {
      const both = [namesIn(stack), namesIn(other)] as const;
      for (const [at, prefix] of ['poleparty-dev-', 'poleparty-production-'].entries()) {
        const { groups, topics } = expected(prefix);
        expect(both[at]?.mappings.map(({ group }) => group).sort()).toEqual(groups.sort());
        expect(both[at]?.rights).toEqual(new Set([...topics, ...groups]));
        expect(both[at]?.told).toEqual(new Set([prefix]));
        for (const log of both[at]?.logs ?? []) expect(log).toContain(prefix.slice(0, -1));
      }
      // Lambda can change neither topic nor group of a mapping, so another topic is another mapping.
      const ids = both.flatMap(({ mappings }) => mappings.map(({ id }) => id));
      expect(new Set(ids).size).toBe(6);
      expect([stack, other].map(({ parameters }) => parameters['Size']?.Default)).toEqual([
        'demo',
        'production',
      ]);
    } finally {
      other.remove();
    }
  });

  test('can be configured with the prefix of existing topics', () => {
    const other = packageStack('--param=kafkaTopicPrefix=live.');
    try {
      const { groups, topics } = expected('live.');
      expect(namesIn(other)).toMatchObject({
        rights: new Set([...topics, ...groups]),
        told: new Set(['live.']),
      });
      const deployed = other.deployedWith({ Pollers: 'provisioned', ExistingTopics: 'true' });
      const votes = deployed['TallyVotesEventSourceMappingMSKKafkaClusterArnLivevotes'];
      expect(votes?.Properties).toMatchObject({ Topics: ['live.votes'], MaximumRetryAttempts: -1 });
      expect(other.resources['VotesTopic']?.Properties).toMatchObject({ TopicName: 'live.votes' });
    } finally {
      other.remove();
    }
  });
});

describe('environment variables', () => {
  test('are all read by lib/config.ts or by Node', () => {
    const known = new Set(readFileSync('lib/config.ts', 'utf8').match(/(?<=')[A-Z_]+(?=')/g));
    for (const name of ['NODE_ENV', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS']) known.add(name);
    known.add('SCHEMA'); // makes functions wait for the migration
    const told = new Set(lambdas().flatMap(({ Environment }) => Object.keys(Environment.Variables)));
    expect([...told].filter((name) => !known.has(name))).toEqual([]);
  });

  test('with limits are set for the functions that keep them, by parameters that are on by default', () => {
    const told = (name: string) => functionsWhere(({ Environment }) => name in Environment.Variables);
    expect(told('VOTES_PER_MINUTE')).toEqual(['castVote', 'vote']);
    expect(told('CREATIONS_PER_MINUTE')).toEqual(['createPoll']);
    expect(told('CREATE_AUTH')).toEqual(['createPoll']);
    const other = packageStack(
      '--param=createAuth=key',
      '--param=votesPerMinute=0',
      '--param=provisionedConcurrency=5',
    );
    try {
      const defaults = (of: string[], { parameters }: typeof stack) =>
        of.map((name) => parameters[name]?.Default);
      const names = ['CreateAuth', 'VotesPerMinute', 'CreationsPerMinute'];
      expect(defaults(names, stack)).toEqual(['open', '6000', '30']);
      expect(defaults(names, other)).toEqual(['key', '0', '30']);
      const aliases = (packaged: typeof stack) =>
        packaged
          .ofType('AWS::Lambda::Alias')
          .map(([name]) => name)
          .sort(); // in no certain order
      expect(aliases(stack)).toEqual([]);
      expect(aliases(other)).toEqual(['CastVoteProvConcLambdaAlias', 'VoteProvConcLambdaAlias']);
    } finally {
      other.remove();
    }
  });

  /** A template without the moments of its packaging, which are in the names of files and of one deployment. */
  const withoutTimes = ({ template }: PackagedStack) =>
    JSON.parse(JSON.stringify(template).replace(/\d{13}(-[\dT:.-]+Z)?/g, ''));

  test('reach warm instances at each deployment, since it publishes a version of its own', () => {
    const warm = [
      packageStack('--param=provisionedConcurrency=5'),
      packageStack('--param=provisionedConcurrency=5'),
    ];
    const again = packageStack();
    try {
      const [first = [], second = []] = warm.map(({ ofType }) =>
        ofType('AWS::Lambda::Version').map(([id]) => id),
      );
      expect([first.length, second.length, new Set([...first, ...second]).size]).toEqual([2, 2, 4]);
      // Without warm instances, deploying the same again changes nothing.
      expect(withoutTimes(again)).toEqual(withoutTimes(stack));
    } finally {
      for (const packaged of [...warm, again]) packaged.remove();
    }
  });

  test('with secrets are set only where they are used, and the secrets outlive the stack', () => {
    const told = (name: string) => functionsWhere(({ Environment }) => name in Environment.Variables);
    expect(told('VOTER_SECRET')).toEqual(['castVote', 'vote']);
    expect(told('SIGNING_KEYS')).toEqual([
      'broadcastStandings',
      'castVote',
      'createPoll',
      'deletePoll',
      'deliverWebhooks',
      'getPoll',
      'getResults',
      'getVote',
      'subscribe',
      'tallyVotes',
      'updatePoll',
      'vote',
    ]);
    const secrets = stack.ofType('AWS::SecretsManager::Secret');
    const policies = secrets.map(([, one]) => [one.DeletionPolicy, one.UpdateReplacePolicy]);
    const kept = ['RetainExceptOnCreate', 'Retain'];
    expect(policies).toEqual([kept, kept]);
  });
});

/** Loaded only to disconnect a viewer. */
const LOADED_LATER = new Set(['lib/realtime/post/deleteConnections.mjs']);

describe('packages', () => {
  const bundleOf = ({ Handler }: LambdaProperties) => Handler.replace(/\.handler$/, '.mjs');

  test('contain the function’s own bundle with its source map, and no other function', () => {
    for (const lambda of lambdas()) {
      const files = Object.keys(stack.filesOf(shortName(lambda))).sort();
      const bundles = files.filter((file) => /^functions\/.*\.mjs/.test(file));
      expect(bundles).toEqual([bundleOf(lambda), `${bundleOf(lambda)}.map`]);
    }
  });

  test('load alone with the function’s own variables, including dynamic imports', () => {
    for (const lambda of lambdas()) {
      const given = ['AWS_REGION', ...Object.keys(lambda.Environment.Variables)];
      const known = Object.entries(loadableEnvironment).filter(([name]) => given.includes(name));
      const env = { ...Object.fromEntries(known), PATH: process.env['PATH'] ?? '' };
      const folder = stack.unpack(shortName(lambda));
      const modules = Object.keys(stack.filesOf(shortName(lambda))).filter((file) => file.endsWith('.mjs'));
      const loading = modules.map((file) => `import(${JSON.stringify(join(folder, file))})`).join(',');
      const script = `const [bundle] = await Promise.all([${loading}]); console.log(typeof bundle.handler)`;
      const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: folder,
        env,
      });
      expect(`${lambda.Handler}: ${said}`).toBe(`${lambda.Handler}: function\n`);
    }
  });

  test('contain the token verification as a separate file, only for functions that need it', () => {
    const checkers = lambdas().filter(
      (lambda) => 'lib/votes/verifyToken.mjs' in stack.filesOf(shortName(lambda)),
    );
    expect(checkers.map(shortName).sort()).toEqual(['castVote', 'connect', 'vote']);
    for (const lambda of checkers) {
      const bundle = stack.filesOf(shortName(lambda))[bundleOf(lambda)] ?? new Uint8Array();
      expect(Buffer.from(bundle).toString()).not.toContain('ERR_JOSE');
    }
  });

  test('contain no AWS SDK client, but for the one that is loaded when a viewer is to be disconnected', () => {
    for (const lambda of lambdas()) {
      for (const [name, contents] of Object.entries(stack.filesOf(shortName(lambda)))) {
        if (!name.endsWith('.mjs') || LOADED_LATER.has(name)) continue;
        expect(/smithy|aws-sdk/i.test(Buffer.from(contents).toString()) && name).toBe(false);
      }
    }
  });

  test('contain the migrations for migrate', () => {
    const carried = Object.keys(stack.filesOf('migrate')).filter((file) => file.endsWith('.sql'));
    expect(carried.sort()).toEqual(
      readdirSync('lib/sql/migrations').map((name) => `functions/deploy/migrations/${name}`),
    );
  });
});
