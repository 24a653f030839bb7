/** @module upstreams/adapters/http-server: a set of HTTP operations as one foreign server. */
import type { EgressRequest } from '../../contracts/egress.ts';
import { AppError } from '../../core/errors.ts';
import { canonicalJson, type JsonObject } from '../../core/json.ts';
import type { UpstreamEgress } from '../auth/authorized-egress.ts';
import { PATIENT } from '../connection/http/http-failures.ts';
import type { ForeignServer } from './adapter.ts';
import { resultOf } from './http-answer.ts';
import { makeRequest } from './http-request.ts';
import { type Operation, pinnedTool } from './operation.ts';

const METHOD = { get: 'GET', head: 'HEAD', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const satisfies Record<
  string,
  EgressRequest['method']
>;

/** How the API is reached. */
export interface HttpApi {
  readonly baseUrl: string;
  /** Of the configuration, names in lower case: they win over what a caller gives. */
  readonly headers: Readonly<Record<string, string>>;
  readonly egress: UpstreamEgress;
  readonly maxMessageBytes: number;
}

/** What the API says about itself. */
export type ApiFacts = Pick<ForeignServer, 'name' | 'version' | 'instructions'>;

/** @param operationsOf what there is now @param onChanged told when calls go by other operations than before */
export function createHttpServer(
  api: HttpApi,
  facts: ApiFacts,
  operationsOf: (scope: Parameters<ForeignServer['tools']>[0]) => Promise<readonly Operation[]>,
  onChanged: () => void,
): ForeignServer {
  let operations = new Map<string, Operation>();
  let listed: string | undefined;
  return {
    ...facts,
    async tools(scope) {
      const found = await operationsOf(scope);
      const tools = found.map(pinnedTool);
      const text = canonicalJson(tools);
      const isOther = listed !== undefined && listed !== text;
      operations = new Map(found.map((operation) => [operation.tool.name, operation]));
      listed = text;
      if (isOther) onChanged();
      return tools;
    },
    async call(name, input, scope, listener): Promise<JsonObject> {
      const operation = operations.get(name);
      if (!operation) throw new AppError('UPSTREAM_ERROR', { message: `There is no operation ${name}.`, data: { upstreamCode: -32602 } });
      const { url, headers, body } = makeRequest(operation, api.baseUrl, input);
      const request: EgressRequest = {
        method: METHOD[operation.method],
        url,
        headers: { accept: 'application/json, text/*;q=0.9, */*;q=0.5', 'user-agent': 'switchyard', ...headers, ...api.headers },
        body,
        scope,
        ...PATIENT,
        maxBytes: api.maxMessageBytes,
      };
      const response = await api.egress.send(request, listener?.caller);
      return await resultOf(response, url);
    },
  };
}
