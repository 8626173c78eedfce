/**
 * The parameters of a deployment: `--param="tickMs=250"`, or under the stage's name in serverless.yml. Each is a
 * parameter of the stack too, with a capital: TickMs.
 *
 * The network, the Kafka cluster and the database have to exist. Their defaults are placeholders: they are sufficient
 * for packaging, and deployGuardPlugin.ts refuses to deploy them.
 */
const parameters = {
  subnetIds: {
    default: 'subnet-00000000000000000',
    Description:
      'Private subnets with a NAT gateway, separated by commas; posts to WebSocket clients leave the VPC',
  },
  securityGroupIds: {
    default: 'sg-00000000000000000',
    Description: 'Security groups, separated by commas, that can reach Kafka (9098) and Postgres',
  },
  kafkaClusterArn: {
    default:
      'arn:aws:kafka:us-east-1:000000000000:cluster/placeholder/00000000-0000-0000-0000-000000000000-1',
    AllowedPattern: '^arn:[a-z-]+:kafka:[a-z0-9-]+:[0-9]{12}:cluster/[^/]+/[^/]+$',
    Description:
      'ARN of the MSK cluster, with IAM authentication; its security group must allow itself on 9098',
  },
  kafkaBrokers: {
    default: 'placeholder.invalid:9098',
    Description: "The cluster's IAM bootstrap brokers, host:9098, separated by commas",
  },
  postgresHost: {
    default: 'placeholder.invalid',
    Description: 'Writer endpoint of the database or of its proxy',
  },
  postgresResourceId: {
    default: 'cluster-PLACEHOLDER',
    Description: 'Resource id of the database or its proxy (cluster-… or prx-…), for IAM authentication',
  },
  postgresPort: { default: '5432', Type: 'Number' },
  postgresUser: { default: 'poleparty', Description: 'A database role that has been granted rds_iam' },
  postgresDatabase: { default: 'poleparty' },
  votesPartitions: {
    default: '12',
    Type: 'Number',
    Description: 'Partitions of the topic votes; all ballots of a voter in a poll are in one partition',
  },
  votesRetentionDays: {
    default: '7',
    Type: 'Number',
    MinValue: 1,
    Description: 'How long the topic votes keeps ballots, and how far back a replay can start',
  },
  standingsPartitions: {
    default: '4',
    Type: 'Number',
    Description: 'Partitions of the topic standings; each is a shard of the fan-out',
  },
  postsPerSecond: {
    default: '8000',
    Type: 'Number',
    MinValue: 1,
    Description:
      'Messages to WebSocket clients per second over all shards; they share the account limit of 10,000 requests',
  },
  tickMs: {
    default: '400',
    Type: 'Number',
    MinValue: 0,
    MaxValue: 10000,
    Description:
      'Milliseconds between two updates of a poll to a WebSocket client; the first change of a quiet poll never waits',
  },
  allowedOrigins: {
    default: '*',
    Description: 'Origins that may open a WebSocket (https://host), separated by commas; * allows any',
  },
  voterAuth: {
    default: 'open',
    AllowedValues: ['open', 'jwt'],
    Description: 'open identifies voters by user_id, jwt by a token; the next three parameters are for jwt',
  },
  jwtIssuer: {
    default: '',
    Description: 'The issuer in the tokens (iss); API Gateway reads its OpenID configuration there',
  },
  jwtAudience: { default: '', Description: 'Accepted audiences of the tokens (aud), separated by commas' },
  jwtJwksUrl: {
    default: '',
    Description: "URL of the issuer's public keys; empty for /.well-known/jwks.json below the issuer",
  },
  publicUrl: {
    default: '',
    Description:
      "Where people open the page, and where large audiences read polls (https://host), if a domain or a CDN is in front; empty for the API's own address",
  },
  createAuth: {
    default: 'open',
    AllowedValues: ['open', 'key'],
    Description: 'open lets everybody create polls, key only holders of a key of npm run keys',
  },
  votesPerMinute: {
    default: '6000',
    Type: 'Number',
    MinValue: 0,
    MaxValue: 1000000,
    Description:
      'Votes a minute from one source address to one function instance; a hall of voters can share an address. 0 is no limit',
  },
  creationsPerMinute: {
    default: '30',
    Type: 'Number',
    MinValue: 0,
    MaxValue: 1000000,
    Description: 'New polls a minute from one source address to one function instance; 0 is no limit',
  },
  minimumPollers: { default: '1', Type: 'Number', MinValue: 1 },
  maximumPollers: {
    default: '4',
    Type: 'Number',
    MinValue: 1,
    Description: 'One poller handles up to 5 MB/s or 5 concurrent invocations',
  },
  voterSecretArn: {
    default: '',
    Description: 'ARN of a secret of at least 32 characters; empty creates one. Never rotate it',
  },
  signingKeysArn: {
    default: '',
    Description: 'ARN of a secret in the form kid:secret,kid:secret, newest first; empty creates one',
  },
  alarmsTo: { default: '', Description: 'E-mail address to which the alarms are sent; empty for none' },
  websocketAccessLogs: {
    default: 'false',
    AllowedValues: ['true', 'false'],
    Description: "Requires the account's CloudWatch role for API Gateway",
  },
};

/** Returns the defaults, for osls's `params`. */
export const defaults = {
  // Prefix of topic and group names. An empty prefix can be set only under a stage's name in serverless.yml.
  kafkaTopicPrefix: `\${self:service}-\${sls:stage}-`,
  ...Object.fromEntries(Object.entries(parameters).map(([name, parameter]) => [name, parameter.default])),
};

/**
 * Returns the stack's parameters. Their values are passed as CloudFormation's defaults: osls would pass stack
 * parameters also to the stack of the first deployment, which has only a bucket, and AWS would reject them.
 */
export const Parameters = Object.fromEntries(
  Object.entries(parameters).map(([name, { default: _, Type = 'String', ...constraints }]) => [
    name.charAt(0).toUpperCase() + name.slice(1),
    { Type, Default: `\${param:${name}}`, ...constraints },
  ]),
);
