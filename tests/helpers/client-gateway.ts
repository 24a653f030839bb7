/** A gateway for official clients: one provider of each dialect, all of them vendors that think. */
import type { JsonObject } from '../../src/core/json.ts';
import { freePort } from './free-port.ts';
import { startModelGateway, type ModelGateway } from './model-gateway.ts';
import { startThinkingVendor, VENDOR_KEY } from './vendors/mind/vendor.ts';
import type { Vendor } from './vendors/vendor.ts';

export interface ClientGateway extends Pick<ModelGateway, 'url' | 'key' | 'records'> {
  /** Behind `op` (openai), `oc` (openai-compatible), `an` (anthropic) and `ge` (gemini). */
  readonly vendor: Vendor;
  /** Behind `op2`, `an2` and `ge2`: it does not fail when it is asked to. */
  readonly steady: Vendor;
  /** What the vendor got last, as JSON. */
  sent(): JsonObject;
  stop(): Promise<void>;
}

/** By the dialect that its provider speaks. */
export const MODELS = [
  ['openai', 'op/gpt-5.5'],
  ['openai-compatible', 'oc/gpt-4o'],
  ['anthropic', 'an/claude-sonnet-4-5'],
  ['gemini', 'ge/gemini-2.5-flash'],
] as const;

/** The first of each chain fails when it is asked to. `down-…`: nobody listens at the first. */
const CHAINS = {
  'safe-openai': ['op/gpt-5.5', 'op2/gpt-5.5'],
  'safe-anthropic': ['an/claude-sonnet-4-5', 'an2/claude-sonnet-4-5'],
  'safe-gemini': ['ge/gemini-2.5-flash', 'ge2/gemini-2.5-flash'],
  'safe-mixed': ['op/gpt-5.5', 'an2/claude-sonnet-4-5'],
  coder: ['op/gpt-5.5'],
  'coder-gemini': ['ge/gemini-3.8-flash'],
  'coder-compatible': ['oc/qwen3'],
  'down-only': ['down/gpt-5.5'],
  'down-first': ['down/gpt-5.5', 'op2/gpt-5.5'],
};

/** @param own further keys of `models` */
export async function startClientGateway(own: JsonObject = {}): Promise<ClientGateway> {
  const [vendor, steady, down] = await Promise.all([startThinkingVendor(), startThinkingVendor({ isSteady: true }), freePort()]);
  const entry = (kind: string, base: string): JsonObject => ({ kind, baseUrl: base, apiKey: VENDOR_KEY });
  const gateway = await startModelGateway(CHAINS, {
    firstTokenMs: 10_000,
    idleMs: 10_000,
    answerMs: 10_000,
    retries: 0,
    // What fails here fails because it was asked to.
    breaker: { failures: 0 },
    // Nor is anybody left alone for a Retry-After.
    maxRetryAfterMs: 60_000,
    ...own,
    providers: {
      op: entry('openai', `${vendor.url}/v1`),
      oc: entry('openai-compatible', `${vendor.url}/v1`),
      an: entry('anthropic', vendor.url),
      ge: entry('gemini', vendor.url),
      op2: entry('openai', `${steady.url}/v1`),
      an2: entry('anthropic', steady.url),
      ge2: entry('gemini', steady.url),
      down: entry('openai', `http://127.0.0.1:${down}/v1`),
    },
  });
  return {
    ...gateway,
    vendor,
    steady,
    sent: () => JSON.parse(vendor.requests.at(-1)?.body.toString() ?? 'null') as JsonObject,
    async stop() {
      await gateway.stop();
      await Promise.all([vendor.stop(), steady.stop()]);
    },
  };
}
