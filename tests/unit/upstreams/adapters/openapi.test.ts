/** From an OpenAPI document and an input to the bytes of a request. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { Scope } from '../../../../src/core/scope.ts';
import type { UpstreamEgress } from '../../../../src/upstreams/auth/authorized-egress.ts';
import { createHttpServer } from '../../../../src/upstreams/adapters/http-server.ts';
import { makeRequest } from '../../../../src/upstreams/adapters/http-request.ts';
import { readOperations } from '../../../../src/upstreams/adapters/openapi/operations.ts';

function operationOf(path: string, operation: JsonObject, schemas: JsonObject = {}) {
  const { operations, left } = readOperations({ openapi: '3.0.3', paths: { [path]: { post: operation } }, components: { schemas } });
  const [first] = operations;
  if (!first) throw new Error(left.join());
  return first;
}

describe('a list', () => {
  const urlOf = (parameter: JsonObject, value: unknown, path = '/things'): string => {
    const given = { schema: { type: 'array', items: { type: 'string' } }, in: 'query', name: 'ids', ...parameter };
    return makeRequest(operationOf(path, { parameters: [given] }), 'http://api.example', { ids: value }).url.slice('http://api.example'.length);
  };

  it.each([
    [{}, '/things?ids=a%2Cb&ids=c'],
    [{ explode: false }, '/things?ids=a%2Cb,c'],
    [{ style: 'spaceDelimited' }, '/things?ids=a%2Cb%20c'],
    [{ style: 'pipeDelimited' }, '/things?ids=a%2Cb%7Cc'],
    [{ style: 'pipeDelimited', explode: true }, '/things?ids=a%2Cb&ids=c'],
  ])('in the query with %j is separated as the standard says, and its items keep their own commas', (style, url) => {
    expect(urlOf(style, ['a,b', 'c'])).toBe(url);
  });

  it('in a path is separated by commas, and cannot climb', () => {
    expect(urlOf({ in: 'path' }, ['a,b', 'c/d'], '/things/{ids}')).toBe('/things/a%2Cb,c%2Fd');
    expect(() => urlOf({ in: 'path' }, ['..'], '/things/{ids}')).toThrow(/cannot be a part of a path/);
    expect(urlOf({ in: 'path' }, ['..', '..'], '/things/{ids}')).toBe('/things/..,..');
  });
});

describe('null', () => {
  const bodyOf = (schema: JsonObject): unknown => {
    const { tool } = operationOf('/things', { requestBody: { content: { 'application/json': { schema } } } }, { Pet: { type: 'object' } });
    return ((tool['inputSchema'] as JsonObject)['properties'] as JsonObject)['body'];
  };
  const pet = { $ref: '#/$defs/Pet' };

  it.each([
    [{ type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [{ nullable: true, allOf: [{ $ref: '#/components/schemas/Pet' }] }, { anyOf: [{ allOf: [pet] }, { type: 'null' }] }],
    [{ nullable: true, $ref: '#/components/schemas/Pet' }, { anyOf: [pet, { type: 'null' }] }],
    [{ nullable: false, allOf: [{ $ref: '#/components/schemas/Pet' }] }, { allOf: [pet] }],
  ])('is allowed where %j says so', (written, carried) => {
    expect(bodyOf(written)).toEqual(carried);
  });
});

it('an operation that is left out is told with what is wrong with it, not with the document', () => {
  const { left } = readOperations({ openapi: '3.0.3', paths: { '/a': { post: { requestBody: { content: { 'multipart/form-data': {} } } } } } });
  expect(left).toEqual(['POST /a: bodies of multipart/form-data are not made.']);
});

it('a server that takes other requests for its tools says so at once: nothing is sent by them before they were compared', async () => {
  const sent: string[] = [];
  const egress = {
    send: (request: { readonly url: string }) => {
      sent.push(request.url);
      return Promise.resolve({ status: 204, headers: {}, body: (async function* () {})() });
    },
    close: () => undefined,
  } as unknown as UpstreamEgress;
  let path = '/pets';
  let changes = 0;
  const server = createHttpServer(
    { baseUrl: 'http://api.example', headers: {}, egress, maxMessageBytes: 1000 },
    { name: 'pets', version: '1', instructions: null },
    () => Promise.resolve([operationOf(path, { operationId: 'list', summary: 'Lists.' })]),
    () => {
      // In the moment of the change no call has gone by it.
      expect(sent).toEqual(['http://api.example/pets']);
      changes += 1;
    },
  );
  const scope = new Scope();
  await server.tools(scope);
  await server.tools(scope);
  await server.call('list', {}, scope, undefined);
  expect(changes).toBe(0);
  path = '/purge';
  await server.tools(scope);
  expect(changes).toBe(1);
});
