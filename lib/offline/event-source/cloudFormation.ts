/** The parts of `resources` that decide what an intrinsic function gives. */
export interface Template {
  readonly Parameters?: Record<string, { readonly Default?: unknown }>;
  readonly Conditions?: Record<string, unknown>;
}

/** The value is known to CloudFormation alone: an attribute of a resource, for one. */
export const UNKNOWN = Symbol('unknown before deployment');

type Intrinsic = (argument: unknown, template: Template) => unknown;

/**
 * Works intrinsic functions out as a deployment with the parameters' defaults would. `AWS::NoValue` becomes
 * undefined, and its property goes; what cannot be known is UNKNOWN. Where the condition of `Fn::If` cannot be
 * known, its first branch is taken.
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

/** True, false or UNKNOWN. */
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
