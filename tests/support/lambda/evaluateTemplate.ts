import type { Resource } from './packagedStack.ts';

export interface Template {
  Parameters: Record<string, { Default?: string }>;
  Conditions: Record<string, unknown>;
  Resources: Record<string, Resource>;
  Outputs: Record<string, Resource>;
}

/** Values of parameters, by their names in the stack; the others have their defaults. */
export type Values = Record<string, string>;

type Json = unknown;

/**
 * The resources that a deployment with these parameters makes: without those whose condition is false, and with
 * parameters and conditions replaced by what they give. References to resources stay.
 */
export function evaluateTemplate(template: Template, values: Values): Record<string, Resource> {
  const unknown = Object.keys(values).filter((name) => !(name in template.Parameters));
  if (unknown.length > 0) throw new Error(`The stack has no parameter ${unknown.join(', ')}.`);
  const holds = conditionsOf(template, values);
  const present = Object.entries(template.Resources).filter(
    ([, { Condition }]) => !Condition || holds(Condition),
  );
  const resolve = resolverOf(template, values, holds);
  return Object.fromEntries(present.map(([id, resource]) => [id, resolve(resource) as Resource]));
}

const parameter = ({ Parameters }: Template, values: Values, name: string) =>
  values[name] ?? Parameters[name]?.Default;

function conditionsOf(template: Template, values: Values): (name: string) => boolean {
  const decide = (expression: Json): boolean => {
    const [name = '', argument] = Object.entries(expression as object)[0] ?? [];
    const parts = () => (argument as Json[]).map(decide);
    switch (name) {
      case 'Condition':
        return holds(argument as string);
      case 'Fn::Not':
        return !parts()[0];
      case 'Fn::And':
        return parts().every(Boolean);
      case 'Fn::Or':
        return parts().some(Boolean);
      case 'Fn::Equals': {
        const [one, other] = (argument as Json[]).map(textOf);
        return one === other;
      }
      default:
        throw new Error(`A condition has ${name}, which is not evaluated here.`);
    }
  };
  const textOf = (value: Json): string => {
    if (typeof value === 'string') return value;
    const { Ref: name } = value as { Ref: string };
    const text = parameter(template, values, name);
    if (text === undefined)
      throw new Error(`A condition has ${JSON.stringify(value)}, which has no value here.`);
    return text;
  };
  const holds = (name: string): boolean => {
    if (!(name in template.Conditions)) throw new Error(`The template has no condition ${name}.`);
    return decide(template.Conditions[name]);
  };
  return holds;
}

function resolverOf(template: Template, values: Values, holds: (name: string) => boolean) {
  const resolve = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name === 'Ref') {
      if (argument === 'AWS::NoValue') return undefined;
      return parameter(template, values, argument) ?? value;
    }
    if (entries.length === 1 && name === 'Fn::If') {
      const [condition, whenTrue, whenFalse] = argument as [string, Json, Json];
      return resolve(holds(condition) ? whenTrue : whenFalse);
    }
    const resolved = entries.map(([key, item]) => [key, resolve(item)] as const);
    return Object.fromEntries(resolved.filter(([, item]) => item !== undefined));
  };
  return resolve;
}
