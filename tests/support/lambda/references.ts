import type { Resource } from './packagedStack.ts';

/** The logical ids that a resource refers to, so that CloudFormation makes them first; also ids that are no resources, such
 * as parameters. */
export function referencesOf(resource: Resource): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [name, argument] of Object.entries(value)) {
      if (name === 'Ref') found.add(argument);
      else if (name === 'Fn::GetAtt') found.add([argument].flat()[0].split('.')[0]);
      else if (name === 'Fn::Sub') visitSub(argument);
      else visit(argument);
    }
  };
  const visitSub = (argument: string | [string, Record<string, unknown>]) => {
    const [text, variables = {}] = typeof argument === 'string' ? [argument] : argument;
    for (const [, id = ''] of text.matchAll(/\$\{([^!.}]+)[^}]*\}/g)) if (!(id in variables)) found.add(id);
    visit(variables);
  };
  visit(resource.Properties);
  for (const id of [resource.DependsOn ?? []].flat()) found.add(id);
  return found;
}

/** Everything that has to be there before a resource, directly or not.
 * @throws Error that shows the path of a cycle */
export function allBefore(resources: Record<string, Resource>, id: string): Set<string> {
  const before = new Set<string>();
  const visit = (at: string, path: string[]) => {
    if (path.includes(at)) throw new Error(`A cycle: ${[...path.slice(path.indexOf(at)), at].join(' → ')}`);
    const resource = resources[at];
    if (!resource || before.has(at)) return;
    for (const next of referencesOf(resource)) visit(next, [...path, at]);
    before.add(at);
  };
  visit(id, []);
  before.delete(id);
  return before;
}
