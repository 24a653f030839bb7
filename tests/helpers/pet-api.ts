/** An HTTP API with an OpenAPI document, on a socket of loopback. It tells what it was asked. */
import { once } from 'node:events';
import { createServer } from 'node:http';

/** What arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface PetApi {
  readonly origin: string;
  readonly arrived: Arrived[];
  /** Changes what the document says. */
  describe(text: string): void;
  stop(): Promise<void>;
}

/** YAML, with references, a nullable type of 3.0, and things that are left out. */
export const DOCUMENT = `openapi: 3.0.3
info: { title: Pet shop, version: 1.2.0, description: Animals for sale. }
servers: [{ url: /v1 }]
security: [{ token: [] }]
paths:
  /pets:
    get:
      operationId: listPets
      summary: Lists the pets.
      parameters:
        - { name: limit, in: query, schema: { type: integer, minimum: 0, exclusiveMinimum: true } }
        - { name: tags, in: query, schema: { type: array, items: { type: string } } }
        - { name: near, in: query, style: deepObject, schema: { type: object, properties: { lat: { type: number }, lon: { type: number } } } }
        - { name: X-Trace, in: header, schema: { type: string } }
        - { name: Authorization, in: header, schema: { type: string } }
      responses: { '200': { description: ok } }
    post:
      operationId: addPet
      description: Adds a pet.
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } }
      responses: { '201': { description: made } }
  /pets/{petId}:
    parameters: [{ name: petId, in: path, required: true, schema: { type: string } }]
    get: { operationId: getPet, summary: One pet., responses: { '200': { description: ok } } }
    delete: { operationId: sellPet, summary: Sells it., responses: { '204': { description: gone } } }
  /pets/{petId}/photo:
    parameters: [{ name: petId, in: path, required: true, schema: { type: string } }]
    get: { operationId: photo, summary: A picture., responses: { '200': { description: ok } } }
    post: { operationId: upload, summary: Sends one., requestBody: { content: { multipart/form-data: { schema: { type: object } } } }, responses: { '200': { description: ok } } }
components:
  securitySchemes: { token: { type: apiKey, in: header, name: X-Api-Key } }
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: { type: string, readOnly: true }
        name: { type: string, example: Rex }
        nickname: { type: string, nullable: true }
        parent: { $ref: '#/components/schemas/Pet' }
`;

export async function startPetApi(): Promise<PetApi> {
  const arrived: Arrived[] = [];
  let document = DOCUMENT;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      if (url === '/openapi.yaml') return void response.writeHead(200, { 'content-type': 'application/yaml' }).end(document);
      arrived.push({ method, url, headers, body: Buffer.concat(pieces).toString() });
      if (url.endsWith('/photo')) return void response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([1, 2, 3]));
      if (url.endsWith('/missing')) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"no such pet"}');
      if (url.endsWith('/moved')) return void response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
      if (url.endsWith('/hangs')) return;
      if (url.endsWith('/huge')) return void response.writeHead(200, { 'content-type': 'text/plain' }).end('x'.repeat(3_000_000));
      if (method === 'DELETE') return void response.writeHead(204).end();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":12345678901234567890,"name":"Rex"}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    arrived,
    describe: (text) => {
      document = text;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
