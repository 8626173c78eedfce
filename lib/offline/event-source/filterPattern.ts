import type { RecordFilter } from './mapping.ts';

type Test = (value: unknown) => boolean;

/** The value of a field that the record does not have. */
const ABSENT = Symbol('absent');

/**
 * Compiles event filter patterns (JSON texts) into one filter. A record passes if any pattern matches. Lambda filters
 * Kafka records by `value` only. A JSON pattern drops values that are not JSON; a plain-text pattern drops JSON.
 *
 * @returns null if there are no patterns
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html
 */
export function compileFilter(patterns: readonly string[]): RecordFilter | null {
  if (patterns.length === 0) return null;
  const tests = patterns.map(compilePattern);
  return (value) => tests.some((test) => test(value));
}

function compilePattern(pattern: string): RecordFilter {
  const parsed = JSON.parse(pattern) as Record<string, unknown>;
  const other = Object.keys(parsed).find((key) => key !== 'value');
  if (other !== undefined)
    throw new Error(`FilterCriteria: Kafka records can be filtered by value only, not by ${other}`);
  const wanted = parsed['value'];
  if (wanted === undefined) return () => true;
  if (Array.isArray(wanted)) {
    const test = anyOf(wanted);
    return (value) => value !== null && parseObject(value) === undefined && test(value.toString());
  }
  const test = compileObject(wanted);
  return (value) => {
    const object = value === null ? undefined : parseObject(value);
    return object !== undefined && test(object);
  };
}

function parseObject(value: Buffer): unknown {
  try {
    const parsed: unknown = JSON.parse(value.toString());
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function compileObject(pattern: unknown): Test {
  const tests = Object.entries(pattern as Record<string, unknown>).map(([key, wanted]): Test => {
    if (key === '$or') {
      const branches = (wanted as unknown[]).map(compileObject);
      return (object) => branches.some((branch) => branch(object));
    }
    const test = Array.isArray(wanted) ? anyOf(wanted) : compileObject(wanted);
    return (object) => test(field(object, key));
  });
  return (object) => tests.every((test) => test(object));
}

function field(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, key)) return ABSENT;
  return (object as Record<string, unknown>)[key];
}

/** A list in the record matches if any of its items matches. */
function anyOf(rules: unknown[]): Test {
  const tests = rules.map(compileRule);
  return (value) => {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.some((item) => tests.some((test) => test(item)));
  };
}

function compileRule(rule: unknown): Test {
  if (typeof rule !== 'object' || rule === null) return (value) => value === rule;
  const [name, argument] = Object.entries(rule)[0] ?? [];
  const make = Object.hasOwn(RULES, name ?? '') ? RULES[name ?? ''] : undefined;
  if (make === undefined) throw new Error(`FilterCriteria: unsupported rule ${name}`);
  return make(argument);
}

const RULES: Record<string, (argument: unknown) => Test> = {
  exists: (wanted) => (value) => (value !== ABSENT) === wanted,
  prefix: (start) => (value) => typeof value === 'string' && value.startsWith(String(start)),
  suffix: (end) => (value) => typeof value === 'string' && value.endsWith(String(end)),
  'equals-ignore-case': (text) => {
    const wanted = String(text).toLowerCase();
    return (value) => typeof value === 'string' && value.toLowerCase() === wanted;
  },
  'anything-but': (unwanted) => {
    const test = anyOf(Array.isArray(unwanted) ? unwanted : [unwanted]);
    return (value) => value !== ABSENT && !test(value);
  },
  numeric: (argument) => {
    const comparisons = pairs(argument as (string | number)[]);
    return (value) => typeof value === 'number' && comparisons.every((holds) => holds(value));
  },
};

function pairs(list: readonly (string | number)[]): ((value: number) => boolean)[] {
  const comparisons: ((value: number) => boolean)[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const compare = COMPARISONS[String(list[i])];
    if (compare === undefined) throw new Error(`FilterCriteria: unknown numeric comparison ${list[i]}`);
    comparisons.push((value) => compare(value, Number(list[i + 1])));
  }
  return comparisons;
}

const COMPARISONS: Record<string, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};
