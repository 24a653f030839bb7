import { expect, it } from 'vitest';
import { createModelRegistry } from '../../../src/models/registry/model-registry.ts';
import { createVendorNames } from '../../../src/models/vendor-names.ts';

const provider = (name: string, kind: 'anthropic' | 'openai' | 'gemini' | 'bedrock' | 'openai-compatible', missing?: string) => ({ name, kind, missing });
const ALL = [
  provider('cloud', 'bedrock'),
  provider('local', 'openai-compatible'),
  provider('an', 'anthropic'),
  provider('an2', 'anthropic'),
  provider('op', 'openai'),
  provider('ge', 'gemini'),
];
const targetOf = createVendorNames(ALL, createModelRegistry({ overrides: {} }));

// @requirement D3.d
it.each([
  ['claude-sonnet-5-5', 'an/claude-sonnet-5-5'],
  ['claude-haiku-4-5-20251001', 'an/claude-haiku-4-5-20251001'],
  // A snapshot that the registry does not have, of a model that it has.
  ['claude-haiku-5-5-20261101', 'an/claude-haiku-5-5-20261101'],
  ['gpt-5.5', 'op/gpt-5.5'],
  ['gpt-5.5-2026-10-01', 'op/gpt-5.5-2026-10-01'],
  ['text-embedding-3-small', 'op/text-embedding-3-small'],
  ['gemini-2.5-flash', 'ge/gemini-2.5-flash'],
])('%s leads to %s', (name, target) => {
  expect(targetOf(name)).toBe(target);
});

// @requirement D3.d
it.each([
  'claude-sonnet-99',
  'claude-sonnet',
  'claude',
  'gpt-5.5-extra',
  'my-gpt-5.5',
  'Claude-Sonnet-5-5',
  'anthropic.claude-sonnet-4-5-v1:0',
  'eu.anthropic.claude-sonnet-4-5-v1:0',
  'mistral-large-latest',
  'constructor',
  '',
])('%s leads nowhere: nothing matches by likeness, and other vendors’ names are not theirs', (name) => {
  expect(targetOf(name)).toBeUndefined();
});

// @requirement D3.d
it('a provider that is configured goes before one that is not; where none is, its failure says what is missing', () => {
  const registry = createModelRegistry();
  expect(createVendorNames([provider('one', 'anthropic', 'Set the key.'), provider('two', 'anthropic')], registry)('claude-opus-5-5')).toBe(
    'two/claude-opus-5-5',
  );
  expect(createVendorNames([provider('one', 'anthropic', 'Set the key.')], registry)('claude-opus-5-5')).toBe('one/claude-opus-5-5');
  expect(createVendorNames([provider('op', 'openai')], registry)('claude-opus-5-5')).toBeUndefined();
});

// @requirement D3.d
it('a price of the operator makes no name', () => {
  const price = { input: 1, output: 1, cacheRead: null, cacheWrite: null, contextTokens: null, maxOutputTokens: null, kind: null };
  expect(createVendorNames(ALL, createModelRegistry({ overrides: { 'my-model': price } }))('my-model')).toBeUndefined();
});
