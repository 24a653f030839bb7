/** @module models/providers/openai/provider: OpenAI's API, and everything that speaks it. */
import type { Egress } from '../../../contracts/egress.ts';
import type { ModelProvider } from '../../../contracts/model.ts';
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { objectIn, readObject } from '../../wire/json.ts';
import { postJson } from '../../wire/post-json.ts';
import { replaceMember } from '../../wire/members.ts';

/** Where the vendor itself is reached. */
export const OPENAI_BASE_URL = 'https://api.openai.com/v1';

/** Kinds `openai` and `openai-compatible`; only the vendor itself cannot do without a key. */
export function createOpenAiProvider(name: string, { kind, baseUrl, apiKey }: ProviderConfig, egress: Egress): ModelProvider {
  const url = `${(baseUrl ?? OPENAI_BASE_URL).replace(/\/+$/, '')}/chat/completions`;
  return {
    name,
    kind,
    missing: kind === 'openai' && apiKey === null ? `Set models.providers.${name}.apiKey.` : undefined,
    isSimulated: false,
    dialects: (operation) => (operation === 'generate' ? ['openai-chat'] : []),
    send: (request) =>
      postJson(egress, url, request, {
        headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
        body: replaceMember(request.body, 'model', request.model),
      }),
    classify: (status, headers, body) => classifyFailure({ status, headers, error: objectIn(readObject(body), 'error') }),
    listModels: () => Promise.resolve([]),
  };
}
