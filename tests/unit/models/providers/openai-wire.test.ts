import { describe, expect, it } from 'vitest';
import { pathOf } from '../../../../src/models/providers/openai-wire.ts';

describe('the path of an operation', () => {
  it.each([
    ['embed', 'openai-chat'],
    ['count', 'openai-chat'],
    ['generate', 'openai-embeddings'],
    ['generate', 'gemini'],
  ] as const)('there is none for %s in %s', (operation, dialect) => {
    expect(() => pathOf({ operation, dialect })).toThrowError(expect.objectContaining({ code: 'OPERATION_UNSUPPORTED' }));
  });
});
