/** Rules between keys of models.guardrails, and the example of the documentation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redactConfig } from '../../../src/config/redact.ts';
import { needsRestart } from '../../../src/config/diff.ts';
import { root } from '../../../tools/paths.ts';
import { assembleText } from './assemble-text.ts';

const rule = (own: string): string => `models:\n  guardrails:\n    rules:\n      mine: { ${own} }\n`;

// @requirement M10.j
describe('M10.j models.guardrails', () => {
  it('has no rules by default, and takes the example of docs/guardrails.md', async () => {
    expect((await assembleText('environment: x\n')).config.models.guardrails).toEqual({ rules: {}, markers: 'plain' });
    const [, example = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, 'docs/guardrails.md'), 'utf8')) ?? [];
    const { rules } = (await assembleText(example)).config.models.guardrails;
    expect(Object.keys(rules)).toEqual(['keys', 'personal', 'tickets', 'topics', 'injection', 'size']);
  });

  it.each([
    ['kind: data, phrases: [a]', /kind data has no phrases/],
    ['kind: pattern', /has no pattern/],
    ['kind: topics', /has no phrases/],
    ['kind: webhook', /has no url/],
    ['kind: size', /has no maxCharacters/],
    ['kind: size, maxTokens: 5, action: redact', /kind size cannot redact/],
    ['kind: injection, action: redact', /kind injection cannot redact/],
    ["kind: pattern, pattern: '(a+)+$'", /without upper bound/],
    ["kind: pattern, pattern: '['", /no regular expression/],
    ["kind: webhook, url: 'ftp://x'", /a URL such as/],
    ['kind: other', /one of data, pattern/],
  ])('refuses %s', async (own, message) => {
    await expect(assembleText(rule(own))).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });

  it("the webhook's key is shown nowhere, and no restart is needed", async () => {
    const { config } = await assembleText(rule("kind: webhook, url: 'http://127.0.0.1:1/x', apiKey: hook-secret"));
    expect(JSON.stringify(redactConfig(config))).not.toContain('hook-secret');
    expect(needsRestart('/models/guardrails/rules/mine')).toBe(false);
  });
});
