import { describe, expect, it } from 'vitest';
import { bench, catalogOf, target } from '../../helpers/pipeline.ts';

describe('a call with invalid arguments', () => {
  it('tells what is wrong with the arguments to those alone who may see the target', async () => {
    const strict = target({ validateInput: () => [{ path: '/secret_member', message: 'is required' }] });
    const denied = { isAllowed: false, rule: 'default-deny', reason: 'no', missingScopes: ['tools:write'] };
    const generation = (isVisible: boolean, decide: () => typeof denied) => () => ({
      id: 1,
      callTimeoutMs: 30_000,
      catalog: catalogOf([strict]),
      policy: { decide, isVisible: () => isVisible, scopesOf: () => [] },
    });
    const ask = async (
      isVisible: boolean,
      decide = () => denied,
    ): Promise<{ readonly code?: string | undefined; readonly text: string; readonly record: unknown }> => {
      const { pipeline, records, request } = bench([], { generation: generation(isVisible, decide) });
      const { terminal } = await pipeline.run(request('echo'));
      const error = terminal.type === 'error' ? terminal.error : undefined;
      return { code: error?.code, text: `${error?.message} ${JSON.stringify(error?.data)}`, record: records[0] };
    };
    const control = await ask(true);
    expect(control).toMatchObject({ code: 'INPUT_INVALID', text: expect.stringContaining('secret_member') });
    const hidden = await ask(false);
    expect(hidden).toMatchObject({ code: 'SCOPE_MISSING', record: { event: 'permission_denied', decision: 'deny', rule: 'default-deny' } });
    expect(hidden.text).not.toContain('secret_member');
    // A policy that reads the arguments, and cannot cope with invalid ones or would open with them.
    const stumbling = await ask(false, () => {
      throw new TypeError('secret_member is not text');
    });
    const opening = await ask(false, () => ({ ...denied, isAllowed: true }));
    for (const { code, text } of [stumbling, opening]) expect([code, text.includes('secret_member')]).toEqual(['PERMISSION_DENIED', false]);
  });
});
