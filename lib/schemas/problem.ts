import * as v from 'valibot';
import { ERROR_CODES, type ErrorCode, type FieldError } from '../errors.ts';
import { exactly } from './exactly.ts';

export const errorCodeSchema = exactly<ErrorCode>()(v.picklist(ERROR_CODES));

const fieldErrorSchema = exactly<FieldError>()(
  v.object({ field: v.pipe(v.string(), v.examples(['options.1'])), detail: v.string() }),
);

/** RFC 9457. */
export const problemSchema = v.object({
  type: v.pipe(v.string(), v.metadata({ format: 'uri-reference' })),
  title: v.string(),
  status: v.pipe(v.number(), v.integer()),
  detail: v.pipe(v.string(), v.description('For people; it may change.')),
  code: errorCodeSchema,
  errors: v.exactOptional(
    v.pipe(v.array(fieldErrorSchema), v.description('Every faulty field of a request.')),
  ),
});
