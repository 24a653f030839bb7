/** @module upstreams/entries/foreign: servers that do not speak MCP, by the documents that describe them. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { readAgentCard } from '../adapters/a2a/agent-card.ts';
import { readOperations } from '../adapters/openapi/operations.ts';
import type { UpstreamDraft } from './draft.ts';
import { toVariableName } from './names.ts';
import type { ServerOffer } from './server-json.ts';

/** What was found, with remarks for the person. */
export interface ForeignOffer extends ServerOffer {
  readonly notes: readonly string[];
}

/** Where a document came from: a URL, or an absolute path. */
export interface DocumentPlace {
  readonly place: string;
  /** Where calls go; undefined = to the first server that the document names. */
  readonly server: string | undefined;
}

const textAt = (value: JsonObject, key: string): string => (typeof value[key] === 'string' ? value[key] : '');

/**
 * An API. Its first server is where calls go, unless another is given; credentials that it asks for become variables.
 *
 * @throws AppError SOURCE_INVALID
 */
export function offerOfOpenApi(document: JsonObject, { place, server }: DocumentPlace): ForeignOffer {
  const { operations, left } = read(document);
  if (operations.length === 0) throw new AppError('SOURCE_INVALID', { message: 'The OpenAPI document has no operation that can be called.' });
  const url = server ?? serverOf(document, place);
  const name = isObject(document['info']) ? textAt(document['info'], 'title') : '';
  const { headers, needed, notes } = credentialsOf(document, name || 'api');
  const draft: UpstreamDraft = { transport: 'openapi', url, document: place, args: [], env: {}, headers, isDisabled: false };
  const found = `${operations.length} operations become tools; calls go to ${url}`;
  const skipped = left.length === 0 ? [] : [`${left.length} operations cannot be used, such as ${left[0]?.slice(0, 200)}`];
  return { name: name || 'api', draft, needed, notes: [found, ...skipped, ...notes] };
}

function read(document: JsonObject): ReturnType<typeof readOperations> {
  try {
    return readOperations(document);
  } catch (cause) {
    throw new AppError('SOURCE_INVALID', { message: cause instanceof Error ? cause.message : String(cause), cause });
  }
}

/** Relative ones begin at the document. @see OpenAPI 3.1.1, "Server Object" */
function serverOf({ servers }: JsonObject, place: string): string {
  const first = Array.isArray(servers) ? servers.find(isObject) : undefined;
  const variables = first && isObject(first['variables']) ? first['variables'] : {};
  const written = (first ? textAt(first, 'url') : '/').replace(/\{([^{}]+)\}/g, (_whole, variable: string) => {
    const one = variables[variable];
    return isObject(one) ? textAt(one, 'default') : '';
  });
  const base = /^https?:/.test(place) ? place : undefined;
  const url = URL.parse(written, base);
  if (url && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '') return url.href.replace(/\/$/, '');
  throw new AppError('SOURCE_INVALID', {
    message: 'The document names no server by a whole URL.',
    fix: 'Say where the API is: --server https://api.example.org/v1',
  });
}

/** What the first of the security requirements wants in headers. */
function credentialsOf(document: JsonObject, name: string): Pick<ForeignOffer, 'needed' | 'notes'> & { readonly headers: Readonly<Record<string, string>> } {
  const components = isObject(document['components']) ? document['components'] : {};
  const schemes = isObject(components['securitySchemes']) ? components['securitySchemes'] : {};
  const required = Array.isArray(document['security']) ? document['security'].find(isObject) : undefined;
  const wanted = Object.keys(required ?? schemes).flatMap((key) => (isObject(schemes[key]) ? [{ key, scheme: schemes[key] }] : []));
  const headers: Record<string, string> = {};
  const needed: { variable: string; description: string }[] = [];
  const notes: string[] = [];
  for (const { key, scheme } of wanted) {
    const variable = toVariableName(name, key);
    const header = headerOf(scheme, `\${${variable}}`);
    if (header) {
      headers[header[0]] ??= header[1];
      needed.push({ variable, description: textAt(scheme, 'description').slice(0, 200) });
    } else notes.push(`its security scheme ${key} (${textAt(scheme, 'type')}) is not set up: add headers by hand`);
  }
  return { headers, needed, notes };
}

function headerOf(scheme: JsonObject, reference: string): readonly [string, string] | undefined {
  const type = textAt(scheme, 'type');
  if (type === 'apiKey' && textAt(scheme, 'in') === 'header') return [textAt(scheme, 'name'), reference];
  if (type === 'http' && textAt(scheme, 'scheme').toLowerCase() === 'bearer') return ['Authorization', `Bearer ${reference}`];
  return undefined;
}

/** An agent. @throws AppError SOURCE_INVALID */
export function offerOfAgent(document: JsonObject, { place }: DocumentPlace): ForeignOffer {
  if (!/^https?:/.test(place)) {
    throw new AppError('SOURCE_INVALID', { message: 'An agent is added by the URL of its card.', fix: 'Add https://…/.well-known/agent-card.json' });
  }
  try {
    const { name, skills } = readAgentCard(document);
    const draft: UpstreamDraft = { transport: 'a2a', url: place, args: [], env: {}, headers: {}, isDisabled: false };
    return { name, draft, needed: [], notes: [`${skills.length} skills become tools`] };
  } catch (cause) {
    throw new AppError('SOURCE_INVALID', { message: cause instanceof Error ? cause.message : String(cause), cause });
  }
}
