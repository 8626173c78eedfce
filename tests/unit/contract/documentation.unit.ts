import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import {
  asyncApi,
  dereferenced,
  type JsonSchema,
  type MediaType,
  type OperationObject,
  openApi,
  type ParameterObject,
  type ResponseObject,
} from '../../support/http/documents.ts';

const operations: OperationObject[] = [
  ...Object.values(openApi.paths),
  ...Object.values(openApi.webhooks),
].flatMap((methods) => Object.values(methods));

const isObject = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null;

/** Every object within a value, with its path. */
function objectsIn(value: unknown, path = ''): [path: string, JsonSchema][] {
  if (!isObject(value)) return [];
  const within = Object.entries(value).flatMap(([key, inner]) => objectsIn(inner, `${path}/${key}`));
  return [[path, value], ...within];
}

/** The fields of all schemas, with references followed. */
function fieldsOf(document: { components: { schemas: Record<string, JsonSchema> } }): [string, JsonSchema][] {
  return objectsIn(document.components.schemas).flatMap(([path, { properties }]) =>
    isObject(properties) && !path.includes('/examples')
      ? Object.entries(properties).map(([name, field]): [string, JsonSchema] => [
          `${path}/${name}`,
          dereferenced<JsonSchema>(document, field as JsonSchema),
        ])
      : [],
  );
}

const options = { strict: false, allErrors: true };
const http = formats.default(new Ajv2020(options)).addSchema({ ...openApi, $id: 'http' });
const live = formats.default(new Ajv(options)).addSchema({ ...asyncApi, $id: 'live' });

function faultsOf(ajv: Ajv | Ajv2020, reference: string, value: unknown): string[] {
  const document = ajv === http ? 'http' : 'live';
  ajv.validate({ $ref: `${document}${reference}` }, value);
  return (ajv.errors ?? []).map((error) => `${reference}${error.instancePath} ${error.message}`);
}

/** Every body that the document describes, with its place. */
const bodies: [string, MediaType][] = operations.flatMap(({ operationId, requestBody, responses }) => {
  const answers = Object.entries(responses).map(
    ([status, response]) => [status, dereferenced<ResponseObject>(openApi, response).content] as const,
  );
  return [['request', requestBody?.content] as const, ...answers].flatMap(([of, content = {}]) =>
    Object.values(content).map((media): [string, MediaType] => [`${operationId} ${of}`, media]),
  );
});

describe.each([
  ['/openapi.json', openApi, http],
  ['/asyncapi.json', asyncApi, live],
] as const)('%s', (_, document, ajv) => {
  test('has a type, a description and an example of every field', () => {
    const fields = fieldsOf(document);
    expect(fields.length).toBeGreaterThan(40);
    const untyped = fields.filter(([, field]) => !['type', 'enum', 'allOf'].some((key) => key in field));
    expect(untyped.map(([path]) => path)).toEqual([]);
    const silent = fields.filter(([, field]) => !field['description'] || !Array.isArray(field['examples']));
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('has a description and valid examples of every component', () => {
    const schemas = Object.entries(document.components.schemas);
    expect(schemas.filter(([, { description }]) => !description)).toEqual([]);
    for (const [name, { examples }] of schemas) {
      expect(examples).not.toHaveLength(0);
      for (const example of examples as unknown[]) {
        expect(faultsOf(ajv, `#/components/schemas/${name}`, example)).toEqual([]);
      }
    }
  });

  test('has nothing beside a reference, which generators drop', () => {
    const references = objectsIn(document).filter(([, value]) => '$ref' in value);
    expect(references.filter(([, value]) => Object.keys(value).length > 1)).toEqual([]);
  });

  test('has no union of untyped schemas, of which generators make empty classes', () => {
    const unions = Object.entries(document.components.schemas).filter(([, schema]) =>
      ['oneOf', 'anyOf', 'not'].some((keyword) => keyword in schema),
    );
    expect(unions.map(([name]) => name)).toEqual([]);
  });
});

describe('/openapi.json', () => {
  test('has a summary, a description and a described tag of every operation', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { summary, description, tags } of operations) {
      expect(summary).not.toBe('');
      expect(description).not.toBe('');
      const [tag] = tags;
      expect(openApi.tags).toContainEqual({ name: tag, description: expect.stringMatching(/./) });
    }
  });

  test('keeps the tags of the webhooks apart, because generators make a file of each tag', () => {
    const tagsOf = (groups: Record<string, Record<string, OperationObject>>) =>
      new Set(Object.values(groups).flatMap((methods) => Object.values(methods).flatMap(({ tags }) => tags)));
    const ofPaths = tagsOf(openApi.paths);
    expect([...tagsOf(openApi.webhooks)].filter((tag) => ofPaths.has(tag))).toEqual([]);
  });

  test('has valid examples of every request and answer', () => {
    expect(bodies.length).toBeGreaterThan(40);
    for (const [place, { schema, examples = {} }] of bodies) {
      expect({ place, count: Object.keys(examples).length }).not.toEqual({ place, count: 0 });
      const reference = schema['$ref'];
      for (const { value } of Object.values(examples)) {
        if (typeof reference === 'string') expect(faultsOf(http, reference, value)).toEqual([]);
        else expect(typeof value).toBe(schema['type']);
      }
    }
  });

  test('has a description and valid examples of every parameter and header', () => {
    const { parameters, headers } = openApi.components;
    const ofWebhooks = operations.flatMap(({ parameters: own = [] }) => own as unknown as ParameterObject[]);
    const all: ParameterObject[] = [
      ...Object.values(parameters),
      ...Object.values(headers),
      ...ofWebhooks.filter((one) => !('$ref' in one)),
    ];
    for (const { description, schema, example, examples } of all) {
      expect(description).toMatch(/./);
      const values = examples ? Object.values(examples).map(({ value }) => value) : [example];
      for (const value of values) {
        expect(value).toBeDefined();
        const isValid = http.validate(dereferenced<JsonSchema>(openApi, schema), value);
        expect({ value, isValid }).toEqual({ value, isValid: true });
      }
    }
  });

  test('names the fields that a client may leave out', () => {
    const required = Object.fromEntries(
      Object.entries(openApi.components.schemas)
        .filter(([name]) => name.endsWith('Request'))
        .map(([name, schema]) => [name, schema['required'] ?? []]),
    );
    expect(required).toEqual({
      CreatePollRequest: ['question', 'options'],
      UpdatePollRequest: [],
      CastVoteRequest: [],
    });
    // A default makes a field required in generated TypeScript.
    const defaults = fieldsOf(openApi).filter(([, field]) => 'default' in field);
    expect(defaults.map(([path]) => path)).toEqual([]);
  });

  test('names every enumeration, with constants that no other has', () => {
    const named = Object.entries(openApi.components.schemas).filter(([, schema]) => 'enum' in schema);
    expect(named.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'PollStatus',
        'ResultsVisibility',
        'VoteStatus',
        'RejectionReason',
        'ErrorCode',
      ]),
    );
    const constants = named.flatMap(([, schema]) => {
      const names = schema['x-enum-varnames'] ?? schema['enum'];
      return (names as string[]).map((name) => name.toUpperCase());
    });
    expect(constants.filter((name, at) => constants.indexOf(name) !== at)).toEqual([]);
    const anonymous = objectsIn(openApi.components.schemas).filter(
      ([path, value]) => 'enum' in value && path.split('/').length > 2,
    );
    expect(anonymous.map(([path]) => path)).toEqual([]);
  });
});

describe('/asyncapi.json', () => {
  test('has every message in an operation', () => {
    const used = Object.values(asyncApi.operations).flatMap(({ messages, reply }) => [
      ...messages,
      ...(reply?.messages ?? []),
    ]);
    const names = new Set(used.map(({ $ref }) => $ref.split('/').at(-1)));
    expect(names).toEqual(new Set(Object.keys(asyncApi.components.messages)));
  });

  test('has a summary and a description of every operation', () => {
    for (const { summary, description } of Object.values(asyncApi.operations)) {
      expect(summary).toMatch(/./);
      expect(description).toMatch(/./);
    }
  });

  test('has a summary, a description and valid examples of every message', () => {
    for (const { summary, description, payload, examples } of Object.values(asyncApi.components.messages)) {
      expect(summary).toMatch(/./);
      expect(description).toMatch(/./);
      expect(examples).not.toHaveLength(0);
      for (const example of examples) expect(faultsOf(live, payload.$ref, example.payload)).toEqual([]);
    }
  });
});
