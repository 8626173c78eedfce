import type { GenericSchema, InferOutput } from 'valibot';
import { ballotSchema, type CastVoteFields, provenBallotSchema } from '../contract/castVoteRequest.ts';
import { parse } from '../contract/inputs.ts';
import { MAX_BODY_BYTES } from '../contract/limits.ts';
import { RefusedError } from '../errors.ts';
import type { IdentifyVoter } from '../votes/identifyVoter.ts';
import { bearerToken } from './owner.ts';
import type { HttpEvent } from './respond.ts';

const JSON_TYPE = /^\s*application\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;|$)/i;

function bodyText({ body = '', isBase64Encoded, headers }: HttpEvent): string {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    throw new RefusedError('payload_too_large', `The body has more than ${MAX_BODY_BYTES} bytes.`);
  }
  const type = headers['content-type'];
  if (type === undefined && bytes.length === 0)
    throw new RefusedError('invalid_request', 'There is no body.');
  if (!JSON_TYPE.test(type ?? '')) {
    throw new RefusedError('unsupported_media_type');
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** The request's body, whatever it says.
 * @throws {RefusedError} for a body that is too large or no JSON */
export function readBody(event: HttpEvent): unknown {
  try {
    return JSON.parse(bodyText(event));
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    throw new RefusedError('invalid_request', 'The body is not JSON in UTF-8.');
  }
}

/** The request's body, as its schema puts it.
 * @throws {RefusedError} for a body that is too large, no JSON, or not what the schema asks for */
export function readJson<S extends GenericSchema>(event: HttpEvent, schema: S): InferOutput<S> {
  return parse(schema, readBody(event));
}

/** A vote as it came, and whose it is. A token is looked at before the body, as API Gateway does.
 * @param identify by the token; undefined where the body says who votes
 * @throws what `identify` throws, then what `readJson` does */
export async function readBallot(
  event: HttpEvent,
  identify: IdentifyVoter | undefined,
): Promise<CastVoteFields> {
  if (!identify) return readJson(event, ballotSchema);
  const userId = await identify(bearerToken(event));
  return { ...readJson(event, provenBallotSchema), userId };
}
