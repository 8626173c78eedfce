import { clusterArn } from './clusterArn.js';

/** Where metrics of alarms and dashboard come from: `[namespace, name, dimensions]`, as CloudFormation writes them. */

const dimension = (Name, Value) => ({ Name, Value });

/** A metric that lib/metrics.ts defines. */
export const emf = (name) => [
  'PoleParty',
  name,
  [dimension('service', `\${self:service}`), dimension('stage', `\${sls:stage}`)],
];

/** Accepted votes that did not count, by reason. */
export const REJECTIONS = [
  'AlreadyVoted',
  'PollClosed',
  'PollNotOpen',
  'PollChanged',
  'PollDeleted',
  'Unknown',
].map((reason) => `Rejected${reason}`);

export const logicalId = (functionName) =>
  `${functionName.charAt(0).toUpperCase()}${functionName.slice(1)}LambdaFunction`;

export const ofFunction = (functionName, name) => [
  'AWS/Lambda',
  name,
  [dimension('FunctionName', { Ref: logicalId(functionName) })],
];

/** A metric of the HTTP API. */
export const ofApi = (name) => ['AWS/ApiGateway', name, [dimension('ApiId', { Ref: 'HttpApi' })]];

export const ofWebSockets = (name) => [
  'AWS/ApiGateway',
  name,
  [dimension('ApiId', { Ref: 'WebsocketsApi' })],
];

export const clusterName = dimension('Cluster Name', {
  'Fn::Select': [1, { 'Fn::Split': ['/', clusterArn] }],
});

/** A consumer group with its topic, by the topic's name without prefix. */
export const group = (topic) => [
  dimension('Consumer Group', `\${self:custom.consumerGroups.${topic}}`),
  dimension('Topic', `\${self:custom.topicPrefix}${topic}`),
];

/** A cluster has two or three; one that does not exist has no data, which MAX ignores. */
const BROKERS = ['1', '2', '3'];

/** @param more dimensions, as [name, value] */
export const ofBrokers = (name, ...more) =>
  BROKERS.map((id) => [
    'AWS/Kafka',
    name,
    [clusterName, dimension('Broker ID', id), ...more.map((one) => dimension(...one))],
  ]);

/** The endpoint of an Aurora cluster begins with its identifier. Another database has no such metric. */
const databaseId = {
  'Fn::If': [
    'NewDatabase',
    { Ref: 'Database' },
    { 'Fn::Select': [0, { 'Fn::Split': ['.', { Ref: 'PostgresHost' }] }] },
  ],
};

export const ofDatabase = (name) => ['AWS/RDS', name, [dimension('DBClusterIdentifier', databaseId)]];
