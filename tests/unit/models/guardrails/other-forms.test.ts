/** Requests for an answer in a form that no rule could change. */
import { describe, expect, it } from 'vitest';
import { refuseOtherForms } from '../../../../src/models/guardrails/other-forms.ts';

// @requirement M10.g
describe('M10.g an answer asked for token by token, past every rule', () => {
  const isRefused = (body: string): boolean => {
    try {
      refuseOtherForms(Buffer.from(body));
      return false;
    } catch {
      return true;
    }
  };

  it.each([
    '{"logprobs":true}',
    '{"logprobs" : 5 }',
    '{"top_logprobs":3}',
    '{"\\u006cogprobs":true}',
    '{"generationConfig":{"responseLogprobs":true}}',
    '{"generation_config":{"response_logprobs":true}}',
    '{"include":["reasoning.encrypted_content","message.output_text.logprobs"]}',
    '{"include":["message.output_text.\\u006cogprobs"]}',
  ])('%s is refused', (body) => expect(isRefused(body)).toBe(true));

  it.each([
    '{"logprobs":false}',
    '{"logprobs":null,"top_logprobs":0}',
    '{"generationConfig":{"responseLogprobs":false}}',
    '{"include":["reasoning.encrypted_content"]}',
    '{"messages":[{"role":"user","content":"What are logprobs?"}]}',
    '{"tools":[{"input_schema":{"properties":{"logprobs":true}}}]}',
  ])('%s is not (control)', (body) => expect(isRefused(body)).toBe(false));
});
