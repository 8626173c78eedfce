import { type JsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';

/** What only code can check: the schemas say the same in JSON Schema's words where it has any. */
const WITHOUT_EQUIVALENT = ['check', 'partial_check'];

/** Named schemas as the components of a document, which refer to each other. Of a schema that transforms, what
 * it takes. Throws for a schema that JSON Schema cannot express. */
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

/** The version is that of the interface, in which names never change meaning, not of the code. */
export const INFO = {
  title: 'PoleParty',
  version: '1.0.0',
  license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
};
