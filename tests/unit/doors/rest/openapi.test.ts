import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../../src/core/json.ts';
import { buildOpenApi } from '../../../../src/doors/rest/openapi.ts';
import { allRestRoutes } from '../../../../src/doors/rest/routes.ts';

// @requirement D4.g
const tools = [
  {
    name: 'echo',
    title: 'Echo',
    description: 'Says it again.',
    inputSchema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
    outputSchema: { type: 'object', properties: { success: { type: 'boolean' } } },
  },
  {
    name: 'with.local-refs',
    description: 'x',
    inputSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: { path: { type: 'string', minLength: 1 } },
      properties: { path: { $ref: '#/$defs/path' } },
    },
  },
  { name: 'bare', inputSchema: true },
];
const routes = allRestRoutes(false);
const document = buildOpenApi({ version: '0.1.0', routes, tools });

const asObject = (value: unknown): JsonObject => {
  if (!isObject(value)) throw new Error(`not an object: ${JSON.stringify(value)}`);
  return value;
};
const at = (pointer: string): unknown =>
  pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => asObject(value)[key.replaceAll('~1', '/').replaceAll('~0', '~')], document);
const operations = Object.entries(asObject(document['paths'])).flatMap(([path, item]) =>
  Object.entries(asObject(item)).map(([method, operation]) => [path, method, asObject(operation)] as const),
);

/** The schemas of an operation's bodies, wherever OpenAPI puts them. */
function schemasIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(schemasIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => (key === 'schema' ? [member] : schemasIn(member)));
}

describe('the document', () => {
  it('has what OpenAPI 3.1 demands at the top, and nothing it does not know', () => {
    expect(document['openapi']).toMatch(/^3\.1\.\d+$/);
    expect(asObject(document['info'])).toMatchObject({ title: expect.any(String) as string, version: '0.1.0', license: { name: 'MIT', identifier: 'MIT' } });
    const known = ['openapi', 'info', 'jsonSchemaDialect', 'servers', 'paths', 'webhooks', 'components', 'security', 'tags', 'externalDocs'];
    expect(Object.keys(document).filter((key) => !known.includes(key))).toEqual([]);
  });

  it('has every route of the table, and a path for every tool', () => {
    for (const { path, method, operationId } of routes)
      expect(asObject(asObject(asObject(document['paths'])[path])[method.toLowerCase()])['operationId']).toBe(operationId);
    for (const { name } of tools) expect(asObject(document['paths'])[`/mcp/v1/tools/${name}`]).toBeDefined();
  });

  it.each(operations)('%s %s is a complete operation', (path, _method, operation) => {
    const known = [
      'tags',
      'summary',
      'description',
      'externalDocs',
      'operationId',
      'parameters',
      'requestBody',
      'responses',
      'callbacks',
      'deprecated',
      'security',
      'servers',
    ];
    expect(Object.keys(operation).filter((key) => !known.includes(key))).toEqual([]);
    const responses = asObject(operation['responses']);
    expect(Object.keys(responses).every((status) => /^(?:default|[1-5]\d\d)$/.test(status))).toBe(true);
    expect(Object.keys(responses)).toContain('default');
    for (const response of Object.values(responses))
      expect(typeof asObject(response)['description'] === 'string' || typeof asObject(response)['$ref'] === 'string').toBe(true);
    const parameters = (operation['parameters'] as unknown[])
      .map(asObject)
      .map((parameter) => (typeof parameter['$ref'] === 'string' ? asObject(at(parameter['$ref'])) : parameter));
    for (const parameter of parameters) {
      expect(parameter).toMatchObject({
        name: expect.any(String) as string,
        in: expect.stringMatching(/^(?:path|query|header)$/) as string,
        schema: expect.anything() as unknown,
      });
      if (parameter['in'] === 'path') expect(parameter['required']).toBe(true);
    }
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(parameters.filter((parameter) => parameter['in'] === 'path').map((parameter) => parameter['name'])).toEqual(inPath);
  });

  it('names every operation once', () => {
    const ids = operations.map(([, , operation]) => operation['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('leaves public exactly what the table says', () => {
    const open = operations.filter(([, , operation]) => Array.isArray(operation['security']) && operation['security'].length === 0).map(([path]) => path);
    expect(open).toEqual(routes.filter(({ policy }) => policy === 'public').map(({ path }) => path));
    expect(document['security']).toEqual([{ bearer: [] }]);
  });

  it('points only at what is there', () => {
    const text = JSON.stringify({
      ...document,
      paths: Object.fromEntries(Object.entries(asObject(document['paths'])).filter(([path]) => !path.includes('local-refs'))),
    });
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"([^"]+)"/g)) expect(at(pointer)).toBeDefined();
  });

  it('carries schemas that compile, with their local references intact', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const schemas = schemasIn(document['paths']).filter((schema) => !JSON.stringify(schema).includes('#/components'));
    expect(schemas.length).toBeGreaterThan(8);
    for (const schema of schemas) expect(() => ajv.compile(schema as AnySchema)).not.toThrow();
    const local = ajv.getSchema('urn:switchyard:tool:with.local-refs:input');
    expect([local?.({ path: '' }), local?.({ path: 'x' })]).toEqual([false, true]);
  });
});
