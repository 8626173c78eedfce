import type { ErrorCode } from '../../errors.ts';
import { ROUTES } from '../routes.ts';
import { headersNamed, referTo, refusalComponents, refusalResponses } from './errorResponses.ts';
import { headers, parameters, schemas } from './httpComponents.ts';
import { type Answer, type Operation, operations } from './httpOperations.ts';
import { componentSchemas, INFO } from './jsonSchemas.ts';
import { describeWebhooks } from './webhooks.ts';

const OF_EVERY_BODY: ErrorCode[] = ['invalid_request', 'payload_too_large', 'unsupported_media_type'];
const OF_OWNERS: ErrorCode[] = ['unauthorized', 'forbidden'];

const json = (name: string) => ({ 'application/json': { schema: referTo('schemas', name) } });
const CSV = { 'text/csv': { schema: { type: 'string' } } };
const OWNER = { owner: [] };
const VOTER = { voter: [] };
const CREATOR = { creator: [] };

function answerResponse({ description, schema, isAlsoCsv, headers: names = [] }: Answer) {
  return {
    description,
    headers: headersNamed(names),
    ...(schema ? { content: { ...json(schema), ...(isAlsoCsv ? CSV : {}) } } : {}),
  };
}

function securityOf({ isForOwner, isForVoter, isForCreator }: Operation) {
  if (isForOwner === true) return { security: [OWNER] };
  if (isForOwner) return { security: [{}, OWNER] };
  if (isForCreator) return { security: [{}, CREATOR] };
  return isForVoter ? { security: [{}, VOTER] } : {};
}

function codesOf({ body, isForOwner, refusals = [], canBeUnavailable }: Operation): ErrorCode[] {
  const ofOwner = isForOwner === 'more' ? ['forbidden' as const] : isForOwner ? OF_OWNERS : [];
  const codes = [...(body ? OF_EVERY_BODY : []), ...ofOwner, ...refusals, 'internal_error' as const];
  return canBeUnavailable ? [...codes, 'unavailable'] : codes;
}

function describeOperation(operation: Operation) {
  const { id, tag, summary, description, parameters: names = [], body, answers } = operation;
  const good = Object.entries(answers).map(([status, answer]) => [status, answerResponse(answer)]);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    ...(names.length > 0 ? { parameters: names.map((name) => referTo('parameters', name)) } : {}),
    ...securityOf(operation),
    ...(body ? { requestBody: { required: true, content: json(body) } } : {}),
    responses: {
      ...Object.fromEntries(good),
      429: referTo('responses', 'throttled'),
      ...refusalResponses(codesOf(operation)),
    },
  };
}

function describePaths() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    const [method = '', path = ''] = route.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(operations[route]) };
  }
  return paths;
}

/** Includes the responses for unknown paths and methods, for which OpenAPI has no other place. */
function describeResponses() {
  const used = new Set(Object.values(operations).flatMap(codesOf));
  const throttled = { description: 'API Gateway throttled the request.', content: json('Throttled') };
  return { ...refusalComponents(used.add('not_found').add('method_not_allowed')), throttled };
}

/** Generates the OpenAPI 3.1 document from the schemas that validate. */
export function openApiDocument() {
  return {
    openapi: '3.1.1',
    info: {
      ...INFO,
      description: [
        'Every path also answers OPTIONS (CORS allows any origin) and other methods with 405 and `Allow`. An unknown',
        'path is a 404 with the code `not_found`. Unknown fields in a request are ignored. For live votes and results,',
        'see `/asyncapi.json`.',
      ].join(' '),
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'Polls' }, { name: 'Votes' }, { name: 'Leaderboard' }, { name: 'Service' }],
    security: [],
    paths: describePaths(),
    webhooks: describeWebhooks(),
    components: {
      schemas: componentSchemas(schemas, 'draft-2020-12'),
      parameters,
      headers,
      responses: describeResponses(),
      securitySchemes: {
        owner: {
          type: 'http',
          scheme: 'bearer',
          description: 'The `admin_token` from the answer that created the poll.',
        },
        creator: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A creation key of the operator. Required where creating polls needs a key, ignored elsewhere.',
        },
        voter: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: [
            'Required where votes need a token, ignored elsewhere. It must be signed by the trusted issuer for this',
            "service's audience, and not expired. Its `sub` identifies the voter. If the token is missing or invalid,",
            'API Gateway may answer 401 with its own body, `{message}`, instead of a problem document.',
          ].join(' '),
        },
      },
    },
  };
}
