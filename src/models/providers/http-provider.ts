/** @module models/providers/http-provider: a provider that is one request over HTTP. */
import type { Egress } from '../../contracts/egress.ts';
import type { ModelDialect, ModelOperation, ModelProvider, ProviderRequest, ProviderResponse } from '../../contracts/model.ts';
import type { ProviderConfig } from '../../contracts/models-config.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject, type MaybePromise } from '../../core/json.ts';
import type { Scope } from '../../core/scope.ts';
import { classifyFailure, type WireFailure } from '../wire/failure.ts';
import { errorIn, readObject } from '../wire/json.ts';
import { listOverHttp, type ListRequest } from '../wire/list-models.ts';
import { postJson } from '../wire/post-json.ts';

/** Headers of credentials that are secrets themselves. */
const SECRET_HEADER = /authorization|token|key$/;

type Headers = Readonly<Record<string, string>>;

/** A request that only lacks its credential. */
export interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Absent for GET. */
  readonly body?: Uint8Array | undefined;
  /** Cancelling it ends the wait for a credential. */
  readonly scope: Scope;
}

/** What a kind knows of its vendor. */
export interface HttpTraits extends Pick<ModelProvider, 'name' | 'kind' | 'missing' | 'dialects' | 'spellings'> {
  /** Absolute URL of a request. */
  urlOf(request: ProviderRequest): string;
  /** Sent where the client does not send the same itself. */
  readonly defaultHeaders?: Headers | undefined;
  /** Sent with every request, also over what the client sends. A function where it depends on the request or the time. */
  readonly credential: Headers | ((outgoing: Outgoing) => MaybePromise<Headers>);
  /** The body with the model where the vendor wants it; every byte that needs no change stays. */
  bodyOf(request: ProviderRequest): Uint8Array;
  /** Where the names of the models are; `defaultHeaders` and `credential` are added. */
  readonly list: Pick<ListRequest, 'url' | 'namesOf' | 'nextOf'>;
  /** What a failure says, where the vendor says it in its own way. Default: the error object of the body. */
  failureOf?(headers: Headers, body: JsonObject): Omit<WireFailure, 'status'>;
  /** The answer in the dialect of the request, where the vendor frames or shapes it otherwise. Default: as it is. */
  answerOf?(response: ProviderResponse, request: ProviderRequest): ProviderResponse;
}

/** The provider; its requests fail as not configured while something is missing. */
export function createHttpProvider(traits: HttpTraits, egress: Egress): ModelProvider {
  const { name, kind, missing, dialects, spellings, defaultHeaders = {}, credential } = traits;
  const failureOf = traits.failureOf ?? ((headers, body) => ({ headers, error: errorIn(body) }));
  let secrets = typeof credential === 'function' ? [] : secretsIn(credential);
  const classify: ModelProvider['classify'] = (status, headers, body) => classifyFailure({ status, ...failureOf(headers, readObject(body)), secrets });
  const credentialOf = async (outgoing: Outgoing): Promise<Headers> => {
    if (typeof credential !== 'function') return credential;
    const headers = await credential(outgoing);
    secrets = secretsIn(headers);
    return headers;
  };
  return {
    name,
    kind,
    missing,
    isSimulated: false,
    dialects,
    spellings,
    async send(request) {
      requireConfigured(name, missing);
      const { scope } = request;
      const url = traits.urlOf(request);
      const body = traits.bodyOf(request);
      const headers = { ...defaultHeaders, ...request.headers, ...(await credentialOf({ method: 'POST', url, body, scope })) };
      const response = await postJson(egress, url, request, { headers, body });
      return traits.answerOf?.(response, request) ?? response;
    },
    classify,
    async listModels(scope: Scope) {
      requireConfigured(name, missing);
      const headersOf = async (url: string): Promise<Headers> => ({ ...defaultHeaders, ...(await credentialOf({ method: 'GET', url, scope })) });
      return await listOverHttp(egress, { ...traits.list, headersOf, classify, scope });
    },
  };
}

/** What a vendor must not be quoted with. */
function secretsIn(headers: Headers): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => (SECRET_HEADER.test(name) ? [value.replace(/^Bearer /, '')] : []));
}

/** Dialects by operation, the same for every model. */
export function dialectsBy(known: Readonly<Partial<Record<ModelOperation, readonly ModelDialect[]>>>): ModelProvider['dialects'] {
  return (operation) => known[operation] ?? [];
}

/** @throws AppError PROVIDER_NOT_CONFIGURED with the fix */
export function requireConfigured(name: string, missing: string | undefined): void {
  if (missing !== undefined) throw new AppError('PROVIDER_NOT_CONFIGURED', { message: `The provider ${name} is not configured.`, fix: missing });
}

/**
 * What to do where a key of the configuration is missing; undefined when all are there. A key whose
 * variable is not set is missing also where it could do without.
 *
 * @param required keys it cannot do without
 */
export function whatIsMissing(name: string, config: ProviderConfig, required: readonly (keyof ProviderConfig)[]): string | undefined {
  const { missingVariables = [] } = config;
  const key = required.find((candidate) => config[candidate] === null) ?? missingVariables[0]?.field;
  if (key === undefined) return undefined;
  const place = `models.providers.${name}.${key}`;
  const variable = missingVariables.find((missing) => missing.field === key)?.variable;
  if (variable?.startsWith('secret:')) return `Run \`switchyard secrets set ${variable.slice('secret:'.length)}\` (or set ${place}), and restart.`;
  return variable === undefined ? `Set ${place}.` : `Set the environment variable ${variable} (or ${place}), and restart.`;
}

/** The header of RFC 6750; none without a key. */
export function bearer(apiKey: string | null): Headers {
  return apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
}

/** The names in `{"data": [{"id": …}]}`. */
export function idsOf(page: JsonObject): readonly unknown[] | undefined {
  const { data } = page;
  return Array.isArray(data) ? data.map((item: unknown) => (isObject(item) ? item['id'] : undefined)) : undefined;
}

/** A base URL without the slashes at its end, and without one of these endings. */
export function trimBase(url: string, ...endings: readonly string[]): string {
  const trimmed = url.replace(/\/+$/, '');
  const ending = endings.find((candidate) => trimmed.endsWith(candidate));
  return ending === undefined ? trimmed : trimmed.slice(0, -ending.length);
}
