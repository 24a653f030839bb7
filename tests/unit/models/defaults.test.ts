import { expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../src/config/defaults.ts';
import { DEFAULT_MAX_TOKENS } from '../../../src/models/client/typed-request.ts';

it('M1.e a call has by default 4096 tokens, a minute until its answer begins, and two retries', () => {
  expect(DEFAULT_MAX_TOKENS).toBe(4096);
  expect(DEFAULT_CONFIG.models).toMatchObject({ retries: 2, answerMs: 60_000 });
  expect(DEFAULT_CONFIG.orchestrator).toMatchObject({ defaultMaxTokens: 4096, retryAttempts: 2, timeoutSeconds: 60 });
});
