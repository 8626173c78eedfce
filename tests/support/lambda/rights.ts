import type { Resource } from './packagedStack.ts';

interface Statement {
  Action: string[];
  Resource: unknown;
}

/** What a role may do, as `action on resource`, with short names of resources: `topic votes`, `cluster`. */
export function rightsOf(resources: Record<string, Resource>, role: string): string[] {
  const policies = (resources[role]?.Properties['ManagedPolicyArns'] ?? []) as { Ref: string }[];
  return policies.flatMap(({ Ref }) => rightsIn(resources[Ref])).sort();
}

export function rightsIn(policy: Resource | undefined): string[] {
  if (!policy) throw new Error('A role has a policy that the deployment lacks.');
  const { Statement: statements } = policy.Properties['PolicyDocument'] as { Statement: Statement[] };
  return statements.flatMap(({ Action, Resource: on }) =>
    Action.flatMap((action) => [on].flat().map((one) => `${action} on ${shortName(one)}`)),
  );
}

/** Of a cluster, or of what the ARN of a policy names. */
function shortName(resource: unknown): string {
  if (resource === '*') return 'everything';
  const text = JSON.stringify(resource);
  if (/^\{"Ref":"KafkaCluster"\}$|^"arn:[^"]*:cluster\/[^"]*"$/.test(text)) return 'cluster';
  const [, kind] = /":(topic|group)\/"/.exec(text) ?? [];
  const [, name] = /\$\{prefix\}\/[a-z]+-[a-z]+-(?:polling-group-)?([^"*]+)"/.exec(text) ?? [];
  if (kind && name) return `${kind} ${name}`;
  const [, method] = /\$\{WebsocketsApi\}\/dev\/(\w+)\/@connections\/\*/.exec(text) ?? [];
  if (method) return `${method} @connections`;
  const [, user] = /:dbuser:\$\{[\w.]+\}\/(?:\$\{(\w+)\}|administrator)"/.exec(text) ?? [];
  if (/:dbuser:/.test(text)) return `database as ${user ?? 'master'}`;
  if (/log-group:\/aws\/lambda\/poleparty-dev-\*/.test(text)) return 'own logs';
  return text;
}
