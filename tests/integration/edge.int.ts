import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PAGE_PATHS } from '../../lib/contract/routes.ts';
import { codeFrom } from '../../lib/domain/pollCode.ts';
import { countedBy, headersInKey, type LimitRule, limitRules } from '../support/lambda/cloudfront.ts';
import { deployments } from '../support/lambda/deployments.ts';
import { evaluateTemplate, type Values } from '../support/lambda/evaluateTemplate.ts';
import { type PackagedStack, packageStack } from '../support/lambda/packagedStack.ts';

let stack: PackagedStack;

beforeAll(() => {
  stack = packageStack();
});
afterAll(() => stack?.remove());

const ID = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
const CLOUDFRONT = { Cloudfront: 'true' };
const BEHIND_DOMAIN = deployments['CloudFront with a domain and limits'] ?? {};

function variablesOf(values: Values, name: string): Record<string, unknown> {
  const lambda = stack.deployedWith(values)[`${name}LambdaFunction`];
  const environment = lambda?.Properties['Environment'] as { Variables: Record<string, unknown> } | undefined;
  return environment?.Variables ?? {};
}

describe('addresses', () => {
  const host = { 'Fn::Sub': `https://\${Distribution.DomainName}` };
  const domain = { 'Fn::Sub': `https://\${Domain}` };
  const addressesOf = (values: Values) => [
    variablesOf(values, 'GetPage')['PUBLIC_URL'],
    variablesOf(values, 'BroadcastStandings')['FOLLOW_URL'],
  ];

  test('of the page, and of the cache that viewers read from if there is one', () => {
    expect(addressesOf({})).toEqual(['', '']);
    expect(addressesOf(deployments['domain'] ?? {})).toEqual([domain, '']);
    expect(addressesOf(CLOUDFRONT)).toEqual([host, host]);
    expect(addressesOf(BEHIND_DOMAIN)).toEqual([domain, domain]);
  });

  // The page's security policy lets it connect to its own address only.
  test.each(
    [...Object.values(deployments), BEHIND_DOMAIN].flatMap((values) => [
      [values],
      [{ ...values, PublicUrl: 'https://polls.example' }],
    ]),
  )('lead the page to no other cache than its own address, with %j', (values) => {
    const [page, cache] = addressesOf(values);
    if (cache !== '') expect(cache).toEqual(page);
    for (const sender of ['Subscribe', 'SweepConnections']) {
      expect(variablesOf(values, sender)['FOLLOW_URL']).toEqual(cache);
    }
  });

  test('of a domain lead to what answers under its name and certificate', () => {
    const outputsOf = (values: Values) =>
      evaluateTemplate({ ...stack.template, Resources: stack.template.Outputs }, values);
    const resources = stack.deployedWith(BEHIND_DOMAIN);
    expect(resources['HttpDomain']).toBeUndefined();
    expect(resources['Distribution']?.Properties['DistributionConfig']).toMatchObject({
      Aliases: [BEHIND_DOMAIN['Domain']],
      ViewerCertificate: { AcmCertificateArn: BEHIND_DOMAIN['CertificateArn'] },
    });
    expect(outputsOf(BEHIND_DOMAIN)['PublicHost']).toMatchObject({
      Value: { 'Fn::GetAtt': ['Distribution', 'DomainName'] },
    });
    expect(outputsOf(deployments['domain'] ?? {})['PublicHost']).toMatchObject({
      Value: { 'Fn::GetAtt': ['HttpDomain', 'RegionalDomainName'] },
    });
  });
});

describe('CloudFront keeps', () => {
  const keyOf = (path: string) => headersInKey(stack.deployedWith(CLOUDFRONT), path);
  const OF_PAGE = ['Accept', 'Accept-Encoding', 'Accept-Language', 'Authorization'];

  test.each([`/polls/${ID}`, '/polls/abc234', '/polls', '/leaderboard'])(
    'one answer of %s for a crowd, whatever its browsers’ languages',
    (path) => {
      expect(keyOf(path)).toEqual(['Authorization']); // an owner sees more
    },
  );

  test('results by format', () => {
    expect(keyOf(`/polls/${ID}/results`)).toEqual(expect.arrayContaining(['Accept', 'Authorization']));
  });

  test('pages by what they vary by, whatever code a poll has', () => {
    for (const template of PAGE_PATHS) {
      const path = template.replace('{code}', 'POLLS1').replace('{id}', ID).replace('{file}', 'page.js');
      expect([path, ...keyOf(path)]).toEqual([path, ...OF_PAGE]);
    }
    const resources = stack.deployedWith(CLOUDFRONT);
    const code = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(codeFrom);
    fc.assert(
      fc.property(code, (text) => {
        const typed = [
          text,
          text.toLowerCase(),
          text.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l'),
        ];
        for (const one of typed)
          expect([one, ...headersInKey(resources, `/${one}`)]).toEqual([one, ...OF_PAGE]);
      }),
      { examples: [['P011S2']] }, // typed as polls2
    );
  });

  test('errors and what is not found for a second, though they forbid it', () => {
    const config = stack.deployedWith(CLOUDFRONT)['Distribution']?.Properties['DistributionConfig'];
    const { CustomErrorResponses = [] } = config as { CustomErrorResponses?: object[] };
    expect(CustomErrorResponses).toEqual(
      [404, 500, 502, 503, 504].map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 1 })),
    );
  });
});

describe('limits of an address', () => {
  const rulesWith = (values: Values) => limitRules(stack.deployedWith({ ...CLOUDFRONT, ...values }));
  /** The rules that would refuse so many of these requests in a minute from one address. */
  const refusing = (rules: LimitRule[], count: number, method: string, path: string) => {
    const counted = countedBy(rules, method, path);
    const small = rules.filter(({ Statement }) => Number(Statement.RateBasedStatement.Limit) < count);
    return small.map(({ Name }) => Name).filter((name) => counted.includes(name));
  };

  test('are those of functions, which behind CloudFront do not see it, or of the WAF', () => {
    const limits = (values: Values) => [
      variablesOf(values, 'CastVote')['VOTES_PER_MINUTE'],
      variablesOf(values, 'CreatePoll')['CREATIONS_PER_MINUTE'],
      variablesOf(values, 'Vote')['VOTES_PER_MINUTE'],
    ];
    expect(limits(deployments['domain'] ?? {})).toEqual(['6000', '30', '6000']);
    expect(limits(BEHIND_DOMAIN)).toEqual(['0', '0', '6000']);
  });

  test('let a hall of 5,000 voters behind one address vote and follow a poll in the same minute', () => {
    const rules = rulesWith({}) ?? [];
    const voters = 5_000;
    const path = `/polls/${ID}`;
    // A page of another origin asks with OPTIONS before each vote.
    expect(countedBy(rules, 'OPTIONS', `${path}/vote`)).toEqual(countedBy(rules, 'POST', `${path}/vote`));
    expect(refusing(rules, 2 * voters, 'POST', `${path}/vote`)).toEqual([]);
    expect(refusing(rules, (voters * 60) / 1.8, 'GET', path)).toEqual([]);
  });

  test('count reads and votes apart, so that neither uses up what the other needs', () => {
    const rules = rulesWith({}) ?? [];
    expect(countedBy(rules, 'GET', `/polls/${ID}`)).toEqual(['reads']);
    expect(countedBy(rules, 'HEAD', '/')).toEqual(['reads']);
    expect(countedBy(rules, 'POST', `/polls/${ID}/vote`)).toEqual(['writes']);
    expect(countedBy(rules, 'PATCH', `/polls/${ID}`)).toEqual(['writes']);
    expect(countedBy(rules, 'POST', '/polls')).toEqual(['writes', 'creations']);
    expect(countedBy(rules, 'GET', '/polls')).toEqual(['reads']);
  });

  test('are those of the parameters, by the minute, and answer 429 as functions do', () => {
    const ResponseHeaders = [
      { Name: 'access-control-allow-origin', Value: '*' },
      { Name: 'access-control-expose-headers', Value: 'Retry-After' },
      { Name: 'retry-after', Value: '60' },
    ];
    const rules = rulesWith({ RequestsPerAddress: '100', ReadsPerAddress: '2000', CreationsPerMinute: '20' });
    const limits = rules?.map(({ Name, Priority, Action, Statement }) => {
      const { AggregateKeyType, EvaluationWindowSec, Limit } = Statement.RateBasedStatement;
      expect([AggregateKeyType, EvaluationWindowSec]).toEqual(['IP', 60]);
      expect(Action).toEqual({ Block: { CustomResponse: { ResponseCode: 429, ResponseHeaders } } });
      return [Name, Priority, Limit];
    });
    expect(limits).toEqual([
      ['writes', 0, '100'],
      ['reads', 1, '2000'],
      ['creations', 2, '20'],
    ]);
  });

  test('are left out where they are 0', () => {
    const names = (values: Values) => rulesWith(values)?.map(({ Name }) => Name);
    expect(names({ CreationsPerMinute: '0' })).toEqual(['writes', 'reads']);
    expect(names({ ReadsPerAddress: '0' })).toEqual(['writes', 'creations']);
    expect(names({ RequestsPerAddress: '0' })).toBeUndefined();
  });

  test('can be those of a web ACL from us-east-1', () => {
    const WebAclArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/polls/0f1e2d3c';
    const resources = stack.deployedWith({ ...CLOUDFRONT, WebAclArn });
    expect(limitRules(resources)).toBeUndefined();
    expect(resources['Distribution']?.Properties['DistributionConfig']).toMatchObject({
      WebACLId: WebAclArn,
    });
  });
});

test('both APIs are throttled', () => {
  const resources = stack.deployedWith({});
  const limits = { ThrottlingRateLimit: '10000', ThrottlingBurstLimit: '5000' };
  for (const id of ['HttpApiStage', 'WebsocketsDeploymentStage']) {
    expect(resources[id]?.Properties['DefaultRouteSettings']).toMatchObject(limits);
  }
  expect(resources['HttpApiStage']).toMatchObject({
    DependsOn: expect.arrayContaining(['HttpApiRoutePostPolls']),
    Properties: { RouteSettings: { 'POST /polls': { ThrottlingRateLimit: '100' } } },
  });
});
