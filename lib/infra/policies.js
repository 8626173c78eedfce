import { clusterArn as cluster } from './clusterArn.js';

/** One policy for each permission; roles.yml assigns them. `*` is used only where AWS supports no resource. */

const policy = (Description, ...statements) => ({
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: {
    Description,
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: statements.map(([Resource, ...Action]) => ({ Effect: 'Allow', Action, Resource })),
    },
  },
});

const sub = (arn) => ({ 'Fn::Sub': arn });

/** The ARN of something in the cluster: the cluster's own with another type, and the name appended. */
const inCluster = (type, name) => ({
  'Fn::Sub': [
    `\${prefix}/${name}`,
    { prefix: { 'Fn::Join': [`:${type}/`, { 'Fn::Split': [':cluster/', cluster] }] } },
  ],
});
const topic = (name) => inCluster('topic', `\${self:custom.topicPrefix}${name}`);
const topics = ['votes', 'standings', 'webhooks', 'votes.dlq'].map(topic);

const produce = (name) => policy(`Append to the topic ${name}`, [topic(name), 'kafka-cluster:WriteData']);

/** The pollers of a mapping use the role of its function. */
const consume = (name) =>
  policy(
    `Read the topic ${name} in its group`,
    [
      cluster,
      'kafka:DescribeClusterV2',
      'kafka:GetBootstrapBrokers',
      'kafka-cluster:DescribeClusterDynamicConfiguration',
    ],
    [topic(name), 'kafka-cluster:ReadData'],
    [
      inCluster('group', `\${self:custom.consumerGroups.${name}}`),
      'kafka-cluster:AlterGroup',
      'kafka-cluster:DescribeGroup',
    ],
  );

const here = `\${AWS::Region}:\${AWS::AccountId}`;

const manageConnections = (description, method) =>
  policy(description, [
    sub(
      `arn:\${AWS::Partition}:execute-api:${here}:\${WebsocketsApi}/\${sls:stage}/${method}/@connections/*`,
    ),
    'execute-api:ManageConnections',
  ]);

const loginTo = (resourceId, user) =>
  sub(`arn:\${AWS::Partition}:rds-db:${here}:dbuser:${resourceId}/${user}`);

export const Resources = {
  WriteLogs: policy(
    "Write to the functions' log groups, and traces",
    [
      sub(`arn:\${AWS::Partition}:logs:${here}:log-group:/aws/lambda/\${self:service}-\${sls:stage}-*:*`),
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ],
    ['*', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'], // X-Ray supports no resources
  ),
  JoinVpc: policy('Create and delete network interfaces in the VPC', [
    '*', // Lambda needs these on all interfaces, and EC2's Describe actions support no resources
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ]),
  UsePostgres: policy('Connect to the database as its configured user', [
    {
      'Fn::If': [
        'NewDatabase',
        loginTo(`\${Database.DBClusterResourceId}`, `\${PostgresUser}`),
        loginTo(`\${PostgresResourceId}`, `\${PostgresUser}`),
      ],
    },
    'rds-db:connect',
  ]),
  AdministerPostgres: {
    ...policy('Connect to the new database as its master user', [
      loginTo(`\${Database.DBClusterResourceId}`, `\${self:custom.postgresMaster}`),
      'rds-db:connect',
    ]),
    Condition: 'NewDatabase',
  },
  FindBrokers: policy("Ask for the cluster's brokers", [cluster, 'kafka:GetBootstrapBrokers']),
  ConnectToKafka: policy(
    'Connect to the cluster and describe the topics of this stack',
    [cluster, 'kafka-cluster:Connect'],
    [topics, 'kafka-cluster:DescribeTopic'],
  ),
  CreateTopics: policy('Create the topics of this stack, read their settings and add partitions', [
    topics,
    'kafka-cluster:AlterTopic',
    'kafka-cluster:CreateTopic',
    'kafka-cluster:DescribeTopicDynamicConfiguration',
  ]),
  ProduceVotes: produce('votes'),
  ProduceStandings: produce('standings'),
  ProduceWebhooks: produce('webhooks'),
  ProduceDeadLetters: produce('votes.dlq'),
  ConsumeVotes: consume('votes'),
  ConsumeStandings: consume('standings'),
  ConsumeWebhooks: consume('webhooks'),
  PostToConnections: manageConnections('Post to the connections of this WebSocket API', 'POST'),
  DisconnectClients: manageConnections('End connections of this WebSocket API', 'DELETE'),
};
