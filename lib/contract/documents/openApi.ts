import type { ErrorCode } from '../../errors.ts';
import { ROUTES } from '../routes.ts';
import {
  headersNamed,
  problemTypes,
  referTo,
  refusalComponents,
  refusalResponses,
} from './errorResponses.ts';
import { distinctConstants } from './forGenerators.ts';
import { headers, parameters } from './httpComponents.ts';
import { operations } from './httpOperations.ts';
import { schemas } from './httpSchemas.ts';
import { componentSchemas, INFO } from './jsonSchemas.ts';
import { linksOf } from './links.ts';
import { CSV, json } from './mediaTypes.ts';
import type { Answer, Operation } from './operation.ts';
import { samples } from './samples.ts';
import { describeWebhooks } from './webhooks.ts';

const OF_EVERY_BODY: ErrorCode[] = ['invalid_request', 'payload_too_large', 'unsupported_media_type'];
const OF_OWNERS: ErrorCode[] = ['unauthorized', 'forbidden'];

const OWNER = { owner: [] };
const VOTER = { voter: [] };
const CREATOR = { creator: [] };

function answerResponse({ description, schema, examples, isAlsoCsv, headers: names = [] }: Answer) {
  return {
    description,
    headers: headersNamed(names),
    ...(schema ? { content: { ...json(schema, examples), ...(isAlsoCsv ? CSV : {}) } } : {}),
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
  const good = Object.entries(answers).map(([status, answer]) => [
    status,
    { ...answerResponse(answer), ...linksOf(id, Number(status)) },
  ]);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
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

function describeResponses() {
  // Without a schema, so that clients have one type of error.
  const throttled = { description: 'API Gateway throttled the request. The body is its own, `{message}`.' };
  return { ...refusalComponents(Object.values(operations).map(codesOf)), throttled };
}

const TAGS: Record<Operation['tag'] | 'Webhooks', string> = {
  Polls: 'Create, find, read, change and delete polls.',
  Votes: 'Cast a vote and look up what became of it.',
  Leaderboard: 'The options with the most votes.',
  Service: 'The state and the description of the service.',
  Webhooks: "What the service sends to a poll's `webhook_url`.",
};

/** Generates the OpenAPI 3.1 document from the schemas that validate. */
export function openApiDocument() {
  return {
    openapi: '3.1.1',
    info: {
      ...INFO,
      description: [
        'Every path also answers OPTIONS (CORS allows any origin), and other methods with 405, `Allow` and the code',
        '`method_not_allowed`. An unknown path is a 404 with the code `not_found`. Unknown fields in a request are ignored. For live votes and results,',
        'see `/asyncapi.json`.',
      ].join(' '),
    },
    servers: [{ url: '/', description: 'Where this document is.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [],
    paths: describePaths(),
    webhooks: describeWebhooks(),
    'x-problems': problemTypes(),
    components: {
      schemas: distinctConstants(componentSchemas(schemas, samples, 'draft-2020-12')),
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
