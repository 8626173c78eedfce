import { type JsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';

/** Checks that only code can do. The schemas repeat them in JSON Schema keywords where such exist. */
const WITHOUT_EQUIVALENT = ['check', 'partial_check', 'raw_check'];

/** Converts named schemas to components that refer to each other, in their input form. Throws for a schema
 * that JSON Schema cannot express. */
export function componentSchemas(
  schemas: Record<string, GenericSchema>,
  target: 'draft-07' | 'draft-2020-12',
): Record<string, JsonSchema> {
  return toJsonSchemaDefs(schemas, {
    target,
    typeMode: 'input',
    ignoreActions: WITHOUT_EQUIVALENT,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  });
}

/** The version of the interface, not of the code. */
export const INFO = {
  title: 'PoleParty',
  version: '1.0.0',
  license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
};
