import { asyncApiDocument } from '../../../lib/contract/documents/asyncApi.ts';
import { openApiDocument } from '../../../lib/contract/documents/openApi.ts';

export type JsonSchema = Record<string, unknown>;

export interface Reference {
  $ref: string;
}

export interface HeaderObject {
  description?: string;
  example?: unknown;
  required?: boolean;
  schema: JsonSchema;
}

export interface ParameterObject extends HeaderObject {
  examples?: Record<string, { value: unknown }>;
}

export interface ResponseObject {
  description?: string;
  headers?: Record<string, Reference | HeaderObject>;
  content?: Record<string, MediaType>;
}

export interface MediaType {
  schema: JsonSchema;
  examples?: Record<string, { value: unknown }>;
}

export interface OperationObject {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters?: Reference[];
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, ResponseObject | Reference>;
}

export interface OpenApi {
  info: object;
  paths: Record<string, Record<string, OperationObject>>;
  webhooks: Record<string, Record<string, OperationObject>>;
  tags: { name: string; description: string }[];
  components: {
    schemas: Record<string, JsonSchema>;
    parameters: Record<string, ParameterObject>;
    headers: Record<string, HeaderObject>;
    responses: Record<string, ResponseObject>;
  };
}

export interface ActionObject {
  action: string;
  summary: string;
  description: string;
  messages: Reference[];
  reply?: { messages: Reference[] };
}

export interface MessageObject {
  summary: string;
  description: string;
  payload: Reference;
  examples: { name: string; payload: unknown }[];
}

export interface AsyncApi {
  servers: Record<string, Record<string, string>>;
  channels: Record<string, { messages: Record<string, Reference> }>;
  operations: Record<string, ActionObject>;
  components: { schemas: Record<string, JsonSchema>; messages: Record<string, MessageObject> };
}

/** The documents as clients get them. */
export const openApi: OpenApi = JSON.parse(JSON.stringify(openApiDocument()));
export const asyncApi: AsyncApi = JSON.parse(JSON.stringify(asyncApiDocument('http://localhost:3001')));

/** Resolves a `$ref` in its document; undefined if its target is missing. */
export function resolve(document: object, { $ref }: Reference): unknown {
  const keys = $ref.replace(/^#\//, '').split('/');
  return keys.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    document,
  );
}

export function dereferenced<T extends object>(document: object, value: T | Reference): T {
  return '$ref' in value ? (resolve(document, value) as T) : value;
}
