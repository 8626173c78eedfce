import { edgeParameters } from './edgeParameters.js';
import { resourceParameters } from './resourceParameters.js';

/**
 * The parameters of a deployment: `tickMs: 250` in the stage's file (stages/), or `--param="tickMs=250"`. Each is a
 * parameter of the stack too, with a capital: TickMs. All have defaults that deploy on an empty account.
 */
const parameters = {
  ...resourceParameters,
  ...edgeParameters,
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
  retainDays: {
    default: '0',
    Type: 'Number',
    MinValue: 0,
    MaxValue: 3650,
    Description: 'Days after their end that polls and their votes are kept; 0 keeps them for ever',
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
      "Where people open the page, and where large audiences read polls (https://host), if a CDN of yours is in front; empty for cloudfront's, the domain, or the API's own address",
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
    Description:
      'New polls a minute from one source address to one function instance; 0 is no limit. With cloudfront at least 10, to all instances together, and none if requestsPerAddress is 0 or webAclArn is given',
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
  // Prefix of topic and group names. An empty prefix can be set only in a stage's file.
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
