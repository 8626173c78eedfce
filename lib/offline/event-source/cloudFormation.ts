/** The parts of `resources` that intrinsic functions depend on. */
export interface Template {
  readonly Parameters?: Record<string, { readonly Default?: unknown }>;
  readonly Conditions?: Record<string, unknown>;
}

/** A value that only CloudFormation knows, such as an attribute of a resource. */
export const UNKNOWN = Symbol('unknown before deployment');

type Intrinsic = (argument: unknown, template: Template) => unknown;

/**
 * Resolves intrinsic functions as a deployment with the parameters' defaults would. `AWS::NoValue` removes its
 * property. Other unresolvable values become UNKNOWN. `Fn::If` with an unknown condition takes its first branch.
 */
export function resolveIntrinsics(value: unknown, template: Template): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolveIntrinsics(item, template)).filter((item) => item !== undefined);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && name !== undefined) {
    const intrinsic = INTRINSICS[name];
    if (intrinsic !== undefined) return intrinsic(argument, template);
    if (name.startsWith('Fn::')) return UNKNOWN;
  }
  const resolved = entries.map(([key, item]) => [key, resolveIntrinsics(item, template)] as const);
  return Object.fromEntries(resolved.filter(([, item]) => item !== undefined));
}

const INTRINSICS: Record<string, Intrinsic> = {
  Ref: (name, template) => {
    if (name === 'AWS::NoValue') return undefined;
    return template.Parameters?.[String(name)]?.Default ?? UNKNOWN;
  },
  'Fn::If': (argument, template) => {
    const [condition, whenTrue, whenFalse] = list(argument);
    const holds = evaluate({ Condition: condition }, template);
    return resolveIntrinsics(holds === false ? whenFalse : whenTrue, template);
  },
  'Fn::Sub': (text, template) => {
    if (typeof text !== 'string') return UNKNOWN;
    let known = true;
    const replaced = text.replaceAll(/\$\{([^!}]+)\}/g, (_match, name: string) => {
      const value = resolveIntrinsics({ Ref: name }, template);
      known &&= value !== UNKNOWN;
      return String(value === UNKNOWN ? '' : value);
    });
    return known ? replaced : UNKNOWN;
  },
};

/** @returns true, false or UNKNOWN */
function evaluate(condition: unknown, template: Template): unknown {
  const [name, argument] = Object.entries(condition ?? {})[0] ?? [];
  const parts = () => list(argument).map((part) => evaluate(part, template));
  switch (name) {
    case 'Condition':
      return evaluate(template.Conditions?.[String(argument)], template);
    case 'Fn::Equals': {
      const [left, right] = list(argument).map((side) => resolveIntrinsics(side, template));
      return left === UNKNOWN || right === UNKNOWN ? UNKNOWN : String(left) === String(right);
    }
    case 'Fn::Not': {
      const [part] = parts();
      return part === UNKNOWN ? UNKNOWN : !part;
    }
    case 'Fn::And':
      return parts().includes(false) ? false : !parts().includes(UNKNOWN) || UNKNOWN;
    case 'Fn::Or':
      return parts().includes(true) || (parts().includes(UNKNOWN) ? UNKNOWN : false);
    default:
      return UNKNOWN;
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
