import { asyncApiDocument } from '../../lib/contract/documents/asyncApi.ts';
import { openApiDocument } from '../../lib/contract/documents/openApi.ts';

export type JsonSchema = Record<string, unknown>;

export interface Reference {
  $ref: string;
}

export interface HeaderObject {
  required?: boolean;
  schema: JsonSchema;
}

export interface ResponseObject {
  headers?: Record<string, Reference>;
  content?: Record<string, { schema: JsonSchema }>;
}

export interface OperationObject {
  operationId: string;
  responses: Record<string, ResponseObject | Reference>;
}

export interface OpenApi {
  paths: Record<string, Record<string, OperationObject>>;
  components: {
    schemas: Record<string, JsonSchema>;
    headers: Record<string, HeaderObject>;
    responses: Record<string, ResponseObject>;
  };
}

export interface AsyncApi {
  servers: Record<string, Record<string, string>>;
  channels: Record<string, { messages: Record<string, Reference> }>;
  operations: Record<string, { action: string; messages: Reference[]; description: string }>;
  components: { schemas: Record<string, JsonSchema>; messages: Record<string, { payload: Reference }> };
}

/** The documents as clients get them. */
export const openApi: OpenApi = JSON.parse(JSON.stringify(openApiDocument()));
export const asyncApi: AsyncApi = JSON.parse(JSON.stringify(asyncApiDocument('http://localhost:3001')));

/** What a `$ref` means in its document; undefined if it leads nowhere. */
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
