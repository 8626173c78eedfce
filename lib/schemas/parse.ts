import { type BaseIssue, type GenericSchema, getDotPath, type InferOutput, safeParse } from 'valibot';
import { type FieldError, RefusedError } from '../errors.ts';

/** One sentence a field, the first that applies. */
function fieldErrors(issues: BaseIssue<unknown>[]): FieldError[] {
  const details = new Map<string, string>();
  for (const issue of issues) {
    const field = getDotPath(issue) ?? '';
    // Of a key that is not there, valibot says what the object as a whole should be.
    const isMissing = issue.type === 'object' && issue.path !== undefined;
    if (!details.has(field)) details.set(field, isMissing ? 'is missing.' : issue.message);
  }
  return [...details].map(([field, detail]) => ({ field, detail }));
}

/** What a value says, as its schema puts it.
 * @throws {RefusedError} `invalid_request` that lists every faulty field */
export function parse<S extends GenericSchema>(schema: S, value: unknown): InferOutput<S> {
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  const fields = fieldErrors(result.issues);
  const detail = fields.map((one) => (one.field ? `${one.field}: ${one.detail}` : one.detail)).join(' ');
  throw new RefusedError('invalid_request', detail, fields);
}
