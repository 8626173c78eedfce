/** Parameters that do not work without others: CloudFormation would fail after minutes with an error that names neither, or
 * make a stack that counts no votes. */
import type { Values } from './guardedParameters.ts';

interface Requirement {
  when(values: Values): boolean;
  needs: string[];
}

const ifGiven = (name: string, ...needs: string[]): Requirement => ({
  when: (values) => Boolean(values[name]),
  needs,
});

const NETWORK = ['subnetIds', 'securityGroupIds'];

const REQUIREMENTS: Requirement[] = [
  { when: ({ voterAuth }) => voterAuth === 'jwt', needs: ['jwtIssuer', 'jwtAudience'] },
  ifGiven('vpcId', ...NETWORK),
  ifGiven('subnetIds', 'securityGroupIds'),
  // The security groups of a new cluster or database name their VPC.
  {
    when: ({ subnetIds, kafkaClusterArn, postgresHost }) =>
      Boolean(subnetIds && !(kafkaClusterArn && postgresHost)),
    needs: ['vpcId'],
  },
  ifGiven('routeTableId', 'vpcId'),
  ifGiven('kafkaBrokers', 'kafkaClusterArn'),
  // They are in a VPC that exists, and the functions have to be in it too.
  ifGiven('kafkaClusterArn', ...NETWORK),
  ifGiven('postgresHost', 'postgresResourceId', ...NETWORK),
  ifGiven('domain', 'certificateArn'),
];

/** The names of parameters that others need and that have no value. */
export function missingIn(values: Values): string[] {
  const needed = REQUIREMENTS.filter(({ when }) => when(values)).flatMap(({ needs }) => needs);
  return [...new Set(needed)].filter((name) => !values[name]);
}

/** Whether on-demand pollers would be cut off: they call Lambda through the VPC, by IPv4. A VPC that the stack did not make
 * may have outbound access of its own. */
export function lacksWayOut({ nat, pollers, size, subnetIds, routeTableId }: Values): boolean {
  const areOnDemand = pollers === 'on-demand' || (pollers === 'by-size' && size !== 'production');
  const isOurVpc = !subnetIds || Boolean(routeTableId);
  return nat === 'false' && areOnDemand && isOurVpc;
}

/** The least limit of requests that a rule of a WAF takes. */
const MIN_WAF_LIMIT = 10;

/** AWS has the WAF of CloudFront in one region. */
const WAF_REGION = 'us-east-1';

const makesWaf = ({ cloudfront, requestsPerAddress, webAclArn }: Values) =>
  cloudfront === 'true' && requestsPerAddress !== '0' && !webAclArn;

/** Whether the stack would make a WAF where AWS has none. */
export const isFarFromWaf = (values: Values, region: string) => makesWaf(values) && region !== WAF_REGION;

/** The parameters that a WAF would refuse. */
export function refusedByWaf(limits: Values): string[] {
  if (!makesWaf(limits)) return [];
  return ['requestsPerAddress', 'creationsPerMinute'].filter((name) => {
    const limit = Number(limits[name]);
    return limit > 0 && limit < MIN_WAF_LIMIT;
  });
}
