/** @module models/wire/list-models: asks a provider over HTTP for the names of its models. */
import type { Egress } from '../../contracts/egress.ts';
import type { ModelProvider } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { Scope } from '../../core/scope.ts';
import { readWhole } from '../../core/read-bytes.ts';
import { parseProviderObject } from './json.ts';

/** Milliseconds for the whole list; a person may be waiting. */
const TOTAL_MS = 15_000;
const MAX_BYTES = 8_388_608;
const MAX_PAGES = 20;
const MAX_NAMES = 10_000;
const MAX_NAME_LENGTH = 256;

/** Where the list is and how it is read. */
export interface ListRequest {
  readonly url: string;
  /** Headers of the request for one page, the credential among them. */
  headersOf(url: string): Promise<Readonly<Record<string, string>>>;
  readonly scope: Scope;
  /** The names of a page; undefined = it is no such page. */
  namesOf(page: JsonObject): readonly unknown[] | undefined;
  /** URL of the next page; undefined = there is none. */
  nextOf?(page: JsonObject): string | undefined;
  readonly classify: ModelProvider['classify'];
}

/**
 * The names, in the provider's order and each once; within 15 s, 20 pages of 8 MiB and 10 000 names.
 *
 * @throws AppError PROVIDER_*, EGRESS_REFUSED, RESPONSE_TOO_LARGE, or the scope's reason
 */
export async function listOverHttp(egress: Egress, request: ListRequest): Promise<readonly string[]> {
  const scope = new Scope({ parent: request.scope });
  const timer = setTimeout(
    () => scope.cancel(new AppError('PROVIDER_SILENT', { message: `The list of models did not come within ${TOTAL_MS} ms.` })),
    TOTAL_MS,
  );
  try {
    const names = new Set<string>();
    let url: string | undefined = request.url;
    for (let page = 0; page < MAX_PAGES && url !== undefined && names.size < MAX_NAMES; page += 1) {
      const content = await readPage(egress, request, url, scope);
      const found = request.namesOf(content);
      if (found === undefined) throw new AppError('PROVIDER_FAILED', { message: 'The provider sent what is not a list of models.' });
      for (const name of found.filter(isName)) names.add(name);
      url = request.nextOf?.(content);
    }
    return [...names].slice(0, MAX_NAMES);
  } finally {
    clearTimeout(timer);
    scope.end();
  }
}

async function readPage(egress: Egress, { headersOf, classify }: ListRequest, url: string, scope: Scope): Promise<JsonObject> {
  const headers = await headersOf(url);
  const response = await egress.send({ method: 'GET', url, headers, scope, firstByteMs: TOTAL_MS, idleMs: TOTAL_MS, maxBytes: MAX_BYTES });
  const bytes = await readWhole(response.body);
  if (response.status !== 200) throw classify(response.status, response.headers, bytes);
  return parseProviderObject(bytes.toString('utf8'));
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH;
}
