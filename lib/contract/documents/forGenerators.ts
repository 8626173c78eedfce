import type { JsonSchema } from '@valibot/to-json-schema';

/** Rewrites a schema with keywords that client generators handle. */
export function simplified(schema: JsonSchema): JsonSchema {
  // Generators drop either a `$ref` or the keywords next to it.
  if (schema.$ref !== undefined) return { $ref: schema.$ref };
  const { default: fallback, ...others } = typedConstant(nullableByType(schema));
  return {
    ...others,
    ...describeDefault(others.description, fallback),
    ...inner(others),
  };
}

/** For a boolean constant, generators for Python and Java write code that does not compile. A constant without a
 * type is not a string in typed languages. */
function typedConstant(schema: JsonSchema): JsonSchema {
  const { const: only, ...others } = schema;
  if (typeof only === 'string') return { type: 'string', ...schema };
  return typeof only === 'boolean' ? { type: 'boolean', not: { const: !only }, ...others } : schema;
}

/** A default makes some generators require the field. */
function describeDefault(description: string | undefined, fallback: unknown): JsonSchema {
  const isStated = fallback !== undefined && fallback !== null;
  return isStated ? { description: `${description ?? ''} Default: \`${fallback}\`.`.trim() } : {};
}

/** `type: [t, 'null']` instead of a union, for which some generators make a class. */
function nullableByType(schema: JsonSchema): JsonSchema {
  const [one, other, ...more] = schema.anyOf ?? [];
  if (typeof one !== 'object' || typeof other !== 'object' || more.length > 0) return schema;
  if (other.type !== 'null' || typeof one.type !== 'string') return schema;
  const { anyOf: _, ...around } = schema;
  return { ...one, ...around, type: [one.type, 'null'] };
}

function inner({ properties, items, allOf }: JsonSchema): JsonSchema {
  const each = (schema: JsonSchema | boolean) => (typeof schema === 'object' ? simplified(schema) : schema);
  const fields = Object.entries(properties ?? {}).map(([name, field]) => [name, each(field)]);
  return {
    ...(properties ? { properties: Object.fromEntries(fields) } : {}),
    ...(items !== undefined && !Array.isArray(items) ? { items: each(items) } : {}),
    ...(allOf ? { allOf: allOf.map(each) } : {}),
  };
}

/** Gives a schema its examples, and each of its fields the first one that has the field. */
export function withExamples(schema: JsonSchema, examples: readonly unknown[]): JsonSchema {
  if (schema.$ref !== undefined || examples.length === 0) return schema;
  return { ...withFieldExamples(schema, examples), examples: examples as JsonSchema['examples'] };
}

function withFieldExamples(schema: JsonSchema, examples: readonly unknown[]): JsonSchema {
  const { properties, items, allOf } = schema;
  const fields = Object.entries(properties ?? {}).map(([name, field]) => {
    const values = examples.map((example) => (example as Record<string, unknown>)[name]);
    return [name, illustrated(field, values)];
  });
  const elements = items === undefined ? [] : examples.flatMap((example) => example ?? []);
  return {
    ...schema,
    ...(properties ? { properties: Object.fromEntries(fields) } : {}),
    ...(items !== undefined && !Array.isArray(items) ? { items: illustrated(items, elements) } : {}),
    ...(allOf
      ? { allOf: allOf.map((part) => (typeof part === 'object' ? withFieldExamples(part, examples) : part)) }
      : {}),
  };
}

function illustrated(schema: JsonSchema | boolean, values: unknown[]): JsonSchema | boolean {
  const given = values.filter((value) => value !== undefined).slice(0, 1);
  return typeof schema === 'object' ? withExamples(schema, given) : schema;
}

const constant = (text: string) => text.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

/** Names the values of an enumeration that shares one with an earlier enumeration: generators for Go give all values
 * of all enumerations one scope. */
export function distinctConstants(schemas: Record<string, JsonSchema>): Record<string, JsonSchema> {
  const taken = new Set<unknown>();
  const named = Object.entries(schemas).map(([name, schema]) => {
    const values = schema.enum ?? [];
    const isDistinct = !values.some((value) => taken.has(value));
    for (const value of values) taken.add(value);
    if (isDistinct) return [name, schema];
    return [name, { ...schema, 'x-enum-varnames': values.map((value) => constant(`${name}_${value}`)) }];
  });
  return Object.fromEntries(named);
}
