import { expect } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { problemResponse } from '../../../lib/contract/documents/errorResponses.ts';
import { fits, methodsOf, ROUTES } from '../../../lib/contract/routes.ts';
import type { WebhookEvent } from '../../../lib/domain/webhookEvent.ts';
import {
  asyncApi,
  dereferenced,
  type HeaderObject,
  type JsonSchema,
  type OperationObject,
  openApi,
  type ResponseObject,
} from './documents.ts';

interface Answer {
  status: number;
  headers: Headers;
  /** What JSON made of it; anything, if there was none. */
  body: unknown;
}

/** Clients must expect new fields, so the documents allow them; these checks do not. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isObject = 'type' in inner && inner['type'] === 'object' && 'properties' in inner;
  return isObject ? { ...inner, additionalProperties: false } : inner;
}

/** The errors of a value, one line each. */
type Check = (schema: JsonSchema, value: unknown) => string[];

function checkAgainst(ajv: Ajv | Ajv2020, schemas: Record<string, JsonSchema>): Check {
  formats.default(ajv);
  const components = { schemas: closed(schemas) };
  const compiled = new Map<string, ValidateFunction>();
  return (schema, value) => {
    const key = JSON.stringify(schema);
    const validate = compiled.get(key) ?? ajv.compile({ ...(closed(schema) as JsonSchema), components });
    compiled.set(key, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map((one) => `${one.instancePath} ${one.message}`);
  };
}

const options = { allErrors: true, strictTypes: false, keywords: ['components', 'x-enum-varnames'] };
const checkHttp = checkAgainst(new Ajv2020(options), openApi.components.schemas);
const checkLive = checkAgainst(new Ajv(options), asyncApi.components.schemas);

/** Each response by its status, also of unknown paths and methods. */
function describedResponses(method: string, path: string): OperationObject['responses'] {
  const route = ROUTES.find((one) => fits(one, `${method} ${path}`));
  const [, template = ''] = route?.split(' ') ?? [];
  const operation = openApi.paths[template]?.[method.toLowerCase()];
  if (operation) return operation.responses;
  if (methodsOf(path).length === 0) return { 404: problemResponse(['not_found']) };
  const { headers, ...response } = problemResponse(['method_not_allowed']);
  return { 405: { ...response, headers: { ...headers, Allow: { required: true, schema: {} } } } };
}

function headerFaults({ headers: described = {} }: ResponseObject, headers: Headers): string[] {
  return Object.entries(described).flatMap(([name, reference]) => {
    const { required, schema } = dereferenced<HeaderObject>(openApi, reference);
    const value = headers.get(name);
    if (value === null) return required ? [`The header ${name} is missing.`] : [];
    return checkHttp(schema, value).map((fault) => `${name}:${fault}`);
  });
}

function bodyFaults({ content = {} }: ResponseObject, { headers, body }: Answer): string[] {
  const type = headers.get('content-type')?.split(';')[0] ?? 'none';
  const schema = content[type]?.schema;
  if (schema) return checkHttp(schema, body);
  const isEmpty = Object.keys(content).length === 0 && !body;
  return isEmpty ? [] : [`A body of the type ${type} is not described.`];
}

/** The document's examples say which errors an answer can be. */
function codeFaults({ content = {} }: ResponseObject, { status, body }: Answer): string[] {
  const codes = content['application/problem+json']?.examples;
  if (!codes || typeof body !== 'object' || body === null) return [];
  const { code, status: said } = body as { code?: string; status?: number };
  const faults = code !== undefined && code in codes ? [] : [`The code ${code} is not described.`];
  return said === status ? faults : [...faults, `The body has another status: ${said}.`];
}

function faultsOf(answer: Answer, method: string, path: string): string[] {
  const described = describedResponses(method, path)[answer.status];
  if (!described) return ['The status is not described.'];
  const response = dereferenced<ResponseObject>(openApi, described);
  const { headers } = answer;
  return [
    ...headerFaults(response, headers),
    ...bodyFaults(response, answer),
    ...codeFaults(response, answer),
  ];
}

/** Holds an answer to `/openapi.json`: status, headers, type and body. OPTIONS is CORS's and not described.
 * @param path as it was asked for, with or without a query */
export function expectConforms(answer: Answer, method: string, path: string): void {
  if (method === 'OPTIONS') return;
  const faults = faultsOf(answer, method, path.split('?')[0] ?? '');
  const asked = `${method} ${path} → ${answer.status}`;
  expect({ asked, faults, body: answer.body }).toEqual({ asked, faults: [], body: answer.body });
}

/** Checks a request to a poll's `webhook_url` against `/openapi.json`. */
export function expectEventConforms(event: WebhookEvent): void {
  const name = event.type === 'poll.closed' ? 'PollClosedEvent' : 'PollExpiringEvent';
  const faults = checkHttp({ $ref: `#/components/schemas/${name}` }, event);
  expect({ event, faults }).toEqual({ event, faults: [] });
}

/** Checks the server's WebSocket messages against `/asyncapi.json`. */
export function expectMessageConforms(message: unknown): void {
  const { type } = message as { type?: string };
  const described = asyncApi.components.messages[type ?? ''];
  const faults = described ? checkLive({ ...described.payload }, message) : ['The type is not described.'];
  expect({ message, faults }).toEqual({ message, faults: [] });
}
