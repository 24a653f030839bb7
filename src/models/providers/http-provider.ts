/** @module models/providers/http-provider: a provider that is one request over HTTP. */
import type { Egress } from '../../contracts/egress.ts';
import type { ModelDialect, ModelOperation, ModelProvider, ProviderRequest } from '../../contracts/model.ts';
import type { ProviderConfig } from '../../contracts/models-config.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Scope } from '../../core/scope.ts';
import { classifyFailure } from '../wire/failure.ts';
import { errorIn, readObject } from '../wire/json.ts';
import { listOverHttp, type ListRequest } from '../wire/list-models.ts';
import { postJson } from '../wire/post-json.ts';

type Headers = Readonly<Record<string, string>>;

/** What a kind knows of its vendor. */
export interface HttpTraits extends Pick<ModelProvider, 'name' | 'kind' | 'missing' | 'dialects'> {
  /** Absolute URL of a request. */
  urlOf(request: ProviderRequest): string;
  /** Sent where the client does not send the same itself. */
  readonly defaultHeaders?: Headers | undefined;
  /** Sent with every request, also over what the client sends. */
  readonly credential: Headers;
  /** The body with the model where the vendor wants it; every byte that needs no change stays. */
  bodyOf(request: ProviderRequest): Uint8Array;
  /** Where the names of the models are; `defaultHeaders` and `credential` are added. */
  readonly list: Pick<ListRequest, 'url' | 'namesOf' | 'nextOf'>;
}

/** The provider; its requests fail as not configured while something is missing. */
export function createHttpProvider(traits: HttpTraits, egress: Egress): ModelProvider {
  const { name, kind, missing, dialects, defaultHeaders = {}, credential } = traits;
  const classify: ModelProvider['classify'] = (status, headers, body) => classifyFailure({ status, headers, error: errorIn(readObject(body)) });
  return {
    name,
    kind,
    missing,
    isSimulated: false,
    dialects,
    async send(request) {
      requireConfigured(name, missing);
      const headers = { ...defaultHeaders, ...request.headers, ...credential };
      return await postJson(egress, traits.urlOf(request), request, { headers, body: traits.bodyOf(request) });
    },
    classify,
    async listModels(scope: Scope) {
      requireConfigured(name, missing);
      return await listOverHttp(egress, { ...traits.list, headers: { ...defaultHeaders, ...credential }, classify, scope });
    },
  };
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
  const key = required.find((candidate) => config[candidate] === null) ?? missingVariables[0]?.key;
  if (key === undefined) return undefined;
  const place = `models.providers.${name}.${key}`;
  const variable = missingVariables.find((missing) => missing.key === key)?.variable;
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
