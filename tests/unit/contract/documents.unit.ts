import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { asyncApiDocument } from '../../../lib/contract/documents/asyncApi.ts';
import { serverMessageSchemas } from '../../../lib/contract/messages.ts';
import { PAGE_PATHS, ROUTES } from '../../../lib/contract/routes.ts';
import { ERROR_CODES } from '../../../lib/errors.ts';
import { asyncApi, openApi, type Reference, resolve } from '../../support/http/documents.ts';

interface FunctionEntry {
  events?: { httpApi?: string; websocket?: string | { route: string } }[];
}

const service: { functions: Record<string, FunctionEntry> } = parse(
  readFileSync(join(import.meta.dirname, '../../../serverless.yml'), 'utf8'),
  { logLevel: 'silent' },
);

const eventsOf = () =>
  Object.entries(service.functions).flatMap(([name, { events = [] }]) =>
    events.map((event) => ({ name, ...event })),
  );

/** The page's routes answer with HTML and are in no document. */
const isOfPage = (route: string) => PAGE_PATHS.some((path) => route.endsWith(` ${path}`));

/** Without HEAD, which answers like GET. */
const deployedRoutes = () =>
  eventsOf().flatMap(({ name, httpApi }) =>
    httpApi && httpApi !== '*' && !httpApi.startsWith('HEAD ') && !isOfPage(httpApi)
      ? [{ name, route: httpApi }]
      : [],
  );

const deployedActions = () =>
  eventsOf().flatMap(({ websocket }) => {
    const route = typeof websocket === 'string' ? websocket : websocket?.route;
    return route && !route.startsWith('$') ? [route] : [];
  });

function referencesIn(value: unknown): Reference[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = '$ref' in value ? [value as Reference] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

const officialSchema = () =>
  createRequire(import.meta.url)('@asyncapi/specs/schemas/3.1.0-without-$id.json') as object;

describe('/openapi.json', () => {
  test('is OpenAPI 3.1 by the official schema', async () => {
    const validator = new Validator();
    expect(await validator.validate({ ...openApi })).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('describes exactly the deployed routes, named like their functions', () => {
    const described = Object.entries(openApi.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { operationId }]) => ({
        name: operationId,
        route: `${method.toUpperCase()} ${path}`,
      })),
    );
    expect(new Set(described)).toEqual(new Set(deployedRoutes()));
    expect(new Set(ROUTES)).toEqual(new Set(deployedRoutes().map(({ route }) => route)));
  });

  test('lists every error code, and a response with the status of each HTTP code', () => {
    const codes = [...ERROR_CODES];
    expect(openApi.components.schemas['ErrorCode']).toMatchObject({ enum: codes });
    const { info, paths, components } = openApi;
    const text = JSON.stringify([info, paths, components.responses]);
    // The WebSocket's.
    const elsewhere = ['unknown_action', 'too_many_subscriptions'];
    const described = codes.filter((code) => text.includes(`\`${code}\``));
    expect(described).toEqual(codes.filter((code) => !elsewhere.includes(code)));
  });
});

describe('/asyncapi.json', () => {
  test('is AsyncAPI 3.1 by the official schema', () => {
    const ajv = formats.default(new Ajv({ strict: false, allErrors: true }));
    const isValid = ajv.compile(officialSchema());
    isValid(asyncApi);
    expect(isValid.errors).toBeNull();
    expect(isValid({ ...asyncApi, operations: { ping: { action: 'ask' } } })).toBe(false);
  });

  test('describes exactly the deployed actions', () => {
    const received = Object.entries(asyncApi.operations).filter(([, { action }]) => action === 'receive');
    expect(received.map(([name]) => name).sort()).toEqual(deployedActions().sort());
  });

  test('describes every message of the server and every error code', () => {
    const messages = Object.keys(asyncApi.components.messages);
    expect(messages).toEqual(expect.arrayContaining(Object.keys(serverMessageSchemas)));
    expect(Object.keys(asyncApi.channels['live']?.messages ?? {})).toEqual(messages);
    const codes = [...ERROR_CODES];
    expect(asyncApi.components.schemas['ErrorCode']).toMatchObject({ enum: codes });
  });

  test('names the WebSocket at the endpoint where its connections are managed', () => {
    const endpoint = 'https://abc.execute-api.eu-central-1.amazonaws.com/prod';
    const host = 'abc.execute-api.eu-central-1.amazonaws.com';
    expect(asyncApiDocument(endpoint).servers.live).toEqual({ host, pathname: '/prod', protocol: 'wss' });
    expect(asyncApi.servers['live']).toEqual({ host: 'localhost:3001', pathname: '/', protocol: 'ws' });
  });
});

test.each([
  ['/openapi.json', openApi],
  ['/asyncapi.json', asyncApi],
])('every reference in %s resolves', (_, document) => {
  const references = referencesIn(document);
  expect(references.length).toBeGreaterThan(20);
  expect(references.filter((reference) => resolve(document, reference) === undefined)).toEqual([]);
});
