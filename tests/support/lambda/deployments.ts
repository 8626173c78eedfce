import type { Values } from './evaluateTemplate.ts';

const VPC = {
  VpcId: 'vpc-0123456789abcdef0',
  SubnetIds: subnets(3),
  SecurityGroupIds: 'sg-0123456789abcdef0',
};
const KAFKA = {
  KafkaClusterArn:
    'arn:aws:kafka:us-east-1:123456789012:cluster/polls/0f1e2d3c-1111-2222-3333-444455556666-7',
};
const POSTGRES = {
  PostgresHost: 'polls.cluster-abc.us-east-1.rds.amazonaws.com',
  PostgresResourceId: 'cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ',
};
const secret = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
const certificate = 'arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-1111-2222-3333-444455556666';

function subnets(count: number): string {
  return Array.from({ length: count }, (_, at) => `subnet-0123456789abcdef${at}`).join(',');
}

/** Kinds of deployments, by the parameters that differ from the defaults. Each resource is made by at least one. */
export const deployments: Record<string, Values> = {
  'demo, all new': {},
  'demo, two zones': { Zones: '2' },
  'demo, asleep': { Asleep: 'true' },
  'production, all new': {
    Size: 'production',
    Standby: 'true',
    WebsocketAccessLogs: 'true',
    AlarmsTo: 'ops@polls.example',
  },
  'production, on demand': { Size: 'production', Pollers: 'on-demand' },
  'VPC existing': { ...VPC, Size: 'production' },
  'VPC of an earlier stack': { ...VPC, RouteTableId: 'rtb-0123456789abcdef0' },
  'Kafka existing': { ...VPC, ...KAFKA, ExistingTopics: 'true' },
  'database existing': { ...VPC, ...POSTGRES, VoterSecretArn: secret('voters') },
  'all existing': {
    ...VPC,
    ...KAFKA,
    ...POSTGRES,
    KafkaBrokers: 'b-1.polls:9098,b-2.polls:9098',
    ExistingTopics: 'true',
    KafkaReplication: '1',
    VoterSecretArn: secret('voters'),
    SigningKeysArn: secret('keys'),
  },
  JWT: { VoterAuth: 'jwt', JwtIssuer: 'https://issuer.example', JwtAudience: 'polls' },
  domain: { Domain: 'polls.example.com', CertificateArn: certificate },
  CloudFront: { Cloudfront: 'true', RequestsPerAddress: '0' },
  'CloudFront with a domain and limits': {
    Domain: 'polls.example.com',
    CertificateArn: certificate,
    Cloudfront: 'true',
  },
};
