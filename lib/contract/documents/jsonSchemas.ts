import { type JsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { simplified, withExamples } from './forGenerators.ts';

/** Checks that only code can do. The schemas repeat them in JSON Schema keywords where such exist. */
const WITHOUT_EQUIVALENT = ['check', 'partial_check', 'raw_check'];

/** The description and the examples of a component in a document. */
export interface Sample {
  /** Undefined if the schema has one. */
  description?: string;
  /** By name; together they have every field. */
  examples: Record<string, unknown>;
}

/** Converts named schemas to components that refer to each other, in their input form. Throws for a schema
 * that JSON Schema cannot express. */
export function componentSchemas<Name extends string>(
  schemas: Record<Name, GenericSchema>,
  samples: NoInfer<Record<Name, Sample>>,
  target: 'draft-07' | 'draft-2020-12',
): Record<string, JsonSchema> {
  const defined = toJsonSchemaDefs(schemas, {
    target,
    typeMode: 'input',
    ignoreActions: WITHOUT_EQUIVALENT,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  });
  const names = Object.keys(schemas) as Name[];
  const described = names.map((name) => {
    const { examples, ...words } = samples[name];
    return [name, withExamples({ ...simplified(defined[name] ?? {}), ...words }, Object.values(examples))];
  });
  const components = Object.fromEntries(described);
  return target === 'draft-07' ? inDraft7(components) : components;
}

/** Renames the one keyword of our schemas that has another name in draft 7. */
function inDraft7<T>(value: T): T {
  if (Array.isArray(value)) return value.map(inDraft7) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key === 'dependentSchemas' ? 'dependencies' : key,
    inDraft7(inner),
  ]);
  return Object.fromEntries(entries);
}

/** The version of the interface, not of the code. */
export const INFO = {
  title: 'PoleParty',
  version: '1.0.0',
  contact: { name: 'The operator of this service' },
  license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
};
