import { describe, expect, it } from 'vitest';
import type { Config } from '../../../src/contracts/config.ts';
import { DEFAULT_ROUTING } from '../../../src/contracts/orchestrator-config.ts';
import { assembleText } from './assemble-text.ts';

const read = async (text: string): Promise<Config> => (await assembleText(text)).config;

describe('O2.k: the section orchestrator', () => {
  it('changes what it names and leaves the rest', async () => {
    const { orchestrator } = await read('default_max_tokens: 7\norchestrator: { complexity: { tests: 3 }, judge: { model: opus }, run: { maxAttempts: 1 } }\n');
    expect(orchestrator).toMatchObject({
      defaultMaxTokens: 7,
      complexity: { ...DEFAULT_ROUTING.complexity, tests: 3 },
      judge: { model: 'opus', maxTokens: 1024 },
      run: { maxAttempts: 1 },
      tiers: DEFAULT_ROUTING.tiers,
    });
  });

  it.each([
    ['tiers: [{ name: a, below: 3, model: x }]', 'the last one has below: null'],
    ['tiers: [{ name: a, below: 3, model: x }, { name: b, below: 2, model: y }, { name: c, below: null, model: z }]', 'rises'],
    ['tiers: [{ name: a, below: 3, model: x }, { name: a, below: null, model: y }]', 'distinct'],
    ['tiers: []', 'a list of tiers'],
    ['complexity: { words: [{ upTo: 5, score: 1 }] }', 'the last one has upTo: null'],
    ['complexity: { files: [{ upTo: 5, score: 1 }, { upTo: 5, score: 2 }, { upTo: null, score: 3 }] }', 'rises'],
    ['complexity: { tests: -1 }', 'a number'],
    ['run: { compareShare: 1.5 }', 'a number from 0 to 1'],
    ['judge: { modle: x }', 'not a known key'],
  ])('%s is refused', async (text, message) => {
    await expect(read(`orchestrator: { ${text} }\n`)).rejects.toThrow(message);
  });
});

describe('M8.d: the section models.prices', () => {
  it('takes decimals of a millionth, and no smaller ones', async () => {
    const { models } = await read('models: { prices: { "a/b": { input: 0.000001, output: 2.5 } } }\n');
    expect(models.prices['a/b']).toEqual({
      input: 0.000001,
      output: 2.5,
      cacheRead: null,
      cacheWrite: null,
      contextTokens: null,
      maxOutputTokens: null,
      kind: null,
    });
    await expect(read('models: { prices: { "a/b": { input: 0.0000001, output: 2.5 } } }\n')).rejects.toThrow('six decimals');
    await expect(read('models: { prices: { "a/b": { input: 1 } } }\n')).rejects.toThrow('output');
    await expect(read('models: { prices: { "a/b": { input: -1, output: 1 } } }\n')).rejects.toThrow('a number');
  });
});
