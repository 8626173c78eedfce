import type { Resource } from './packagedStack.ts';

/** What CloudFront and its WAF do with a request, by a template whose parameters and conditions are resolved. */

interface Behavior {
  PathPattern: string;
  CachePolicyId: { Ref: string };
}

interface DistributionConfig {
  DefaultCacheBehavior: Behavior;
  CacheBehaviors?: Behavior[];
}

interface CachePolicyConfig {
  ParametersInCacheKeyAndForwardedToOrigin: {
    EnableAcceptEncodingGzip: boolean;
    HeadersConfig: { Headers: string[] };
  };
}

/** CloudFront's patterns: `*` is any number of characters, `?` is one. */
function fits(pattern: string, path: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(path);
}

/** The headers that are a part of the key under which the answer is cached. */
export function headersInKey(resources: Record<string, Resource>, path: string): string[] {
  const distribution = resources['Distribution']?.Properties['DistributionConfig'] as DistributionConfig;
  const behavior = (distribution.CacheBehaviors ?? []).find(({ PathPattern }) => fits(PathPattern, path));
  const { CachePolicyId } = behavior ?? distribution.DefaultCacheBehavior;
  const config = resources[CachePolicyId.Ref]?.Properties['CachePolicyConfig'] as CachePolicyConfig;
  const parts = config.ParametersInCacheKeyAndForwardedToOrigin;
  const encoding = parts.EnableAcceptEncodingGzip ? ['Accept-Encoding'] : [];
  return [...parts.HeadersConfig.Headers, ...encoding].sort();
}

interface Statement {
  NotStatement?: { Statement: Statement };
  AndStatement?: { Statements: Statement[] };
  OrStatement?: { Statements: Statement[] };
  ByteMatchStatement?: { FieldToMatch: { Method?: object; UriPath?: object }; SearchString: string };
}

export interface LimitRule {
  Name: string;
  Priority: number;
  Action: object;
  Statement: {
    RateBasedStatement: {
      AggregateKeyType: string;
      EvaluationWindowSec: number;
      Limit: string;
      ScopeDownStatement?: Statement;
    };
  };
}

export const limitRules = (resources: Record<string, Resource>) =>
  resources['AddressLimits']?.Properties['Rules'] as LimitRule[] | undefined;

function matches(statement: Statement, method: string, path: string): boolean {
  const { NotStatement, AndStatement, OrStatement, ByteMatchStatement } = statement;
  if (NotStatement) return !matches(NotStatement.Statement, method, path);
  if (AndStatement) return AndStatement.Statements.every((one) => matches(one, method, path));
  if (OrStatement) return OrStatement.Statements.some((one) => matches(one, method, path));
  if (!ByteMatchStatement) throw new Error(`This statement is not evaluated: ${JSON.stringify(statement)}`);
  const { FieldToMatch, SearchString } = ByteMatchStatement;
  return SearchString === (FieldToMatch.Method ? method : path);
}

/** The names of the rules that count a request towards their limit of an address. */
export function countedBy(rules: LimitRule[], method: string, path: string): string[] {
  const counting = rules.filter(({ Statement: { RateBasedStatement } }) => {
    const { ScopeDownStatement: scope } = RateBasedStatement;
    return scope === undefined || matches(scope, method, path);
  });
  return counting.map(({ Name }) => Name);
}
