import type { GenericSchema, InferOutput } from 'valibot';
import { ballotSchema, type CastVoteFields, provenBallotSchema } from '../contract/castVoteRequest.ts';
import { parse } from '../contract/inputs.ts';
import { MAX_BODY_BYTES } from '../contract/limits.ts';
import { ContentCodingError, RefusedError } from '../errors.ts';
import type { IdentifyVoter } from '../votes/identifyVoter.ts';
import { bearerToken } from './owner.ts';
import type { HttpEvent } from './respond.ts';

const JSON_TYPE = /^\s*application\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;|$)/i;

const IDENTITY = /^\s*(?:identity)?\s*$/i;

function bodyText({ body, isBase64Encoded, headers }: HttpEvent): string {
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    throw new RefusedError('payload_too_large', `The body must not exceed ${MAX_BODY_BYTES} bytes.`);
  }
  // Without a type it is taken as JSON, as a gateway may add that type: the emulator does.
  const type = headers['content-type']?.trim();
  if (!type && bytes.length === 0) throw new RefusedError('invalid_request', 'The body is missing.');
  if (type && !JSON_TYPE.test(type)) throw new RefusedError('unsupported_media_type');
  if (!IDENTITY.test(headers['content-encoding'] ?? '')) throw new ContentCodingError();
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function parseJson(event: HttpEvent): unknown {
  try {
    return JSON.parse(bodyText(event));
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    throw new RefusedError('invalid_request', 'The body must be JSON in UTF-8.');
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/** @throws {RefusedError} for a body that is too large, not JSON, or no object */
export function readBody(event: HttpEvent): object {
  const value = parseJson(event);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const detail = `must be a JSON object, not ${kindOf(value)}.`;
  throw new RefusedError('invalid_request', `The body ${detail}`, [{ field: '', detail }]);
}

/** @throws {RefusedError} for a body that is too large, not a JSON object, or invalid under the schema */
export function readJson<S extends GenericSchema>(event: HttpEvent, schema: S): InferOutput<S> {
  return parse(schema, readBody(event));
}

/** Reads a vote and its voter. Checks the token before the body, as API Gateway does.
 * @param identify undefined where the body has a `user_id`
 * @throws the errors of `identify`, then those of `readJson` */
export async function readBallot(
  event: HttpEvent,
  identify: IdentifyVoter | undefined,
): Promise<CastVoteFields> {
  if (!identify) return readJson(event, ballotSchema);
  const userId = await identify(bearerToken(event));
  return { ...readJson(event, provenBallotSchema), userId };
}
