/** @module upstreams/adapters/openapi/openapi-connector: an API with an OpenAPI document as a server. */
import { readFile } from 'node:fs/promises';
import type { Egress } from '../../../contracts/egress.ts';
import type { UpstreamConnector } from '../../../contracts/upstream.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject } from '../../../core/json.ts';
import { readWhole } from '../../../core/read-bytes.ts';
import type { Scope } from '../../../core/scope.ts';
import type { Logger } from '../../../contracts/telemetry.ts';
import type { UpstreamEgress } from '../../auth/authorized-egress.ts';
import { createForeignConnector } from '../adapter.ts';
import { createHttpServer } from '../http-server.ts';
import { readOperations } from './operations.ts';
import { invalid } from './schemas.ts';

/** Where the API and its document are. */
export interface OpenApiPlace {
  /** Of the calls. */
  readonly baseUrl: string;
  /** URL, or absolute path. */
  readonly document: string;
  readonly headers: Readonly<Record<string, string>>;
  /** To the API, with its token where it wants one. */
  readonly egress: UpstreamEgress;
  /** To a document that lies elsewhere: no token of the API goes there. */
  readonly documentEgress: Egress;
  readonly maxMessageBytes: number;
  readonly parseYaml: (text: string) => Promise<unknown>;
  readonly logger: Logger;
}

const MAX_DOCUMENT_BYTES = 16 * 1_048_576;
const MAX_INSTRUCTIONS = 2000;
/** Operations that are left out and named in the log. */
const NAMED = 5;

/** Reads the document at each connection, and again whenever its tools are compared with what was approved. */
export function createOpenApiConnector(place: OpenApiPlace): UpstreamConnector {
  // The document is read every few minutes: what is wrong with it is told once.
  let told = '';
  const tellOnce = (left: readonly string[]): void => {
    if (left.join() !== told && left.length > 0) place.logger.warn('operations are left out', { count: left.length, such: left.slice(0, NAMED) });
    told = left.join();
  };
  return createForeignConnector(
    async (scope, onChanged) => {
      const { info } = await documentOf(place, scope);
      const { title, version, description } = isObject(info) ? info : {};
      return createHttpServer(
        place,
        {
          name: typeof title === 'string' ? title.slice(0, 200) : 'OpenAPI',
          version: typeof version === 'string' ? version.slice(0, 100) : 'unknown',
          instructions: typeof description === 'string' ? description.slice(0, MAX_INSTRUCTIONS) : null,
        },
        async (next) => {
          const { operations, left } = readOperations(await documentOf(place, next));
          tellOnce(left);
          return operations;
        },
        onChanged,
      );
    },
    () => place.egress.close(),
  );
}

async function documentOf(place: OpenApiPlace, scope: Scope): Promise<Readonly<Record<string, unknown>>> {
  const text = /^https?:/.test(place.document) ? await fetchText(place, scope) : await readText(place.document);
  const value = await parse(text, place.parseYaml);
  if (!isObject(value)) throw invalid('it is no object');
  return value;
}

async function parse(text: string, parseYaml: OpenApiPlace['parseYaml']): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return await parseYaml(text).catch((failure: unknown) => {
      throw invalid(failure instanceof Error ? failure.message.replace(/\.$/, '') : 'it is neither JSON nor YAML');
    });
  }
}

async function readText(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.byteLength <= MAX_DOCUMENT_BYTES) return bytes.toString('utf8');
  } catch (cause) {
    throw new AppError('UPSTREAM_UNREACHABLE', { message: 'The OpenAPI document cannot be read.', fix: 'Check upstreams.<name>.document.', cause });
  }
  throw invalid(`it has more than ${MAX_DOCUMENT_BYTES} bytes`);
}

/** The headers of the API go along only where the document lies with it. */
async function fetchText({ document, baseUrl, headers, egress, documentEgress }: OpenApiPlace, scope: Scope): Promise<string> {
  const isAtHome = new URL(document).origin === new URL(baseUrl).origin;
  const own = isAtHome ? headers : {};
  const accept = 'application/json, application/yaml;q=0.9, */*;q=0.5';
  const limits = { firstByteMs: 30_000, idleMs: 30_000, maxBytes: MAX_DOCUMENT_BYTES };
  const response = await (isAtHome ? egress : documentEgress).send({
    method: 'GET',
    url: document,
    headers: { accept, 'user-agent': 'switchyard', ...own },
    scope,
    ...limits,
  });
  const bytes = await readWhole(response.body);
  if (response.status === 200) return bytes.toString('utf8');
  throw new AppError('UPSTREAM_UNREACHABLE', {
    message: `The OpenAPI document is answered with HTTP ${response.status}.`,
    fix: 'Check upstreams.<name>.document and headers; redirects are not followed.',
  });
}
