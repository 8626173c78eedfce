/**
 * Parameters that decide what the stack makes, and how large. An empty one makes the resource; a value names an existing
 * one. parameters.js has the others.
 */
const flag = (on, Description) => ({ default: `${on}`, AllowedValues: ['true', 'false'], Description });

export const resourceParameters = {
  size: {
    default: 'demo',
    AllowedValues: ['demo', 'production'],
    Description:
      'demo: 2 small brokers, on-demand pollers, a database that can pause. production: 3 brokers, provisioned pollers',
  },
  asleep: flag(
    false,
    'true stops the schedule and the NAT gateway of a demo that nobody uses; results do not become final. Votes are still accepted and wait on Kafka: wake it within votesRetentionDays, or they are lost',
  ),
  vpcId: {
    default: '',
    AllowedPattern: '^$|^vpc-[0-9a-f]+$',
    Description: 'An existing VPC; then subnetIds and securityGroupIds too. Empty makes one',
  },
  zones: {
    default: '3',
    AllowedValues: ['2', '3'],
    Description:
      'Zones of the VPC that the stack makes. 2 is for a demo in a region that offers your account no third one, such as us-west-1',
  },
  subnetIds: {
    default: '',
    Description:
      'Private subnets of vpcId, separated by commas, one per broker, with outbound access: posts to WebSocket clients leave the VPC',
  },
  securityGroupIds: {
    default: '',
    Description:
      'Security groups of the functions, separated by commas; the first may enter a new cluster and database',
  },
  routeTableId: {
    default: '',
    AllowedPattern: '^$|^rtb-[0-9a-f]+$',
    Description:
      'With the vpcId of a VPC that an earlier stack made: its private route table, for a NAT gateway',
  },
  nat: flag(
    true,
    'A NAT gateway; false leaves IPv6 alone, and needs provisioned pollers: on-demand ones call Lambda through the VPC',
  ),
  kafkaClusterArn: {
    default: '',
    AllowedPattern: '^$|^arn:[a-z-]+:kafka:[a-z0-9-]+:[0-9]{12}:cluster/[^/]+/[^/]+$',
    Description:
      'An existing MSK cluster with IAM authentication that allows itself on 9098. Empty makes one',
  },
  kafkaBrokers: {
    default: '',
    Description:
      "The cluster's IAM bootstrap brokers, host:9098, separated by commas; empty asks the cluster",
  },
  kafkaReplication: {
    default: '',
    AllowedValues: ['', '1', '2', '3', '4', '5'],
    Description: 'Replicas of each topic; empty is 2 with size demo and 3 with production',
  },
  existingTopics: flag(
    false,
    'true if the topics exist. On MSK Serverless, which refuses two of their settings, make the topics yourself first; on other clusters the migration makes those that are missing',
  ),
  postgresHost: {
    default: '',
    Description: 'Writer endpoint of an existing database or of its proxy. Empty makes an Aurora database',
  },
  postgresResourceId: {
    default: '',
    AllowedPattern: '^$|^(cluster|db|prx)-[A-Za-z0-9]+$',
    Description: 'With postgresHost: its resource id (cluster-… or prx-…), for IAM authentication',
  },
  postgresPort: { default: '5432', Type: 'Number' },
  postgresUser: {
    default: 'poleparty',
    AllowedPattern: '^[a-z_][a-z0-9_]{0,62}$',
    Description: 'The role of the functions. An existing database needs one that has been granted rds_iam',
  },
  postgresDatabase: { default: 'poleparty', AllowedPattern: '^[a-z_][a-z0-9_]{0,62}$' },
  standby: flag(false, 'A second database instance in another zone, which takes over within a minute'),
  pollers: {
    default: 'by-size',
    AllowedValues: ['by-size', 'on-demand', 'provisioned'],
    Description:
      'Mode of the event source mappings. Provisioned ones cost 135 dollars a month and poll at once',
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
};
