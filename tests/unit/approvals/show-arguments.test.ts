import { describe, expect, it } from 'vitest';
import { hashCall } from '../../../src/approvals/bind-call.ts';
import { showArguments, showLine } from '../../../src/approvals/show-arguments.ts';
import { questionOf, readAnswer } from '../../../src/approvals/question.ts';
import type { HeldCall, KeptCall } from '../../../src/contracts/approvals.ts';
import { toCallInput } from '../../../src/models/client/call-input.ts';
import { principal, target } from '../policy/subjects.ts';

describe('P5: arguments as a person sees them', () => {
  it('every character can be seen, and none is obeyed by a terminal', () => {
    const shown = showArguments({ path: 'a\u001b[2K\u202egnp.exe', note: 'x\u200b\u009b31m', 'k\u0007': 1 });
    expect(shown).toContain('a\\u001b[2K⟨U+202E⟩gnp.exe');
    expect(shown).toContain('x⟨U+200B⟩⟨U+009B⟩31m');
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(showLine('tool:a\nApproved: yes\u001b[0m')).toBe('tool:a Approved: yes⟨U+001B⟩[0m');
  });

  it('shows no secrets: those the target names, those with telling names, those that look like one', () => {
    const shown = showArguments({ pin: '1234', deep: { password: 'hunter2', list: [{ apiKey: 'x' }] }, text: 'use sk-abcdefghijklmnop now', max_tokens: 5 }, [
      '/pin',
    ]);
    for (const secret of ['1234', 'hunter2', '"x"', 'sk-abcdefghijklmnop']) expect(shown).not.toContain(secret);
    expect(shown).toContain('"max_tokens": 5');
    expect(shown.match(/\[redacted\]/g)).toHaveLength(4);
  });

  it('more than a person could look through is not put before one', () => {
    expect(() => showArguments({ text: 'x'.repeat(40_000) })).toThrow(expect.objectContaining({ code: 'APPROVAL_REFUSED' }));
    const kept = { target: 'tool:a', rules: ['ask:a'], reason: 'Why.', arguments: 'x'.repeat(4001) } as unknown as KeptCall;
    expect(questionOf(kept)).toBeUndefined();
    expect(questionOf({ ...kept, arguments: '{}' })).toMatchObject({ method: 'elicitation/create' });
  });

  it('names of members that mean something to JavaScript are members like others', () => {
    const sent: unknown = JSON.parse('{"__proto__": {"path": "evil"}, "constructor": "c"}');
    expect(JSON.parse(showArguments(sent))).toEqual(sent);
    expect(showArguments(sent)).toContain('evil');
  });

  it.each([
    [{ action: 'accept', content: { approve: true } }, true],
    [{ action: 'accept', content: { approve: 'true' } }, false],
    [{ action: 'accept', content: { approve: 1 } }, false],
    [{ action: 'accept', content: {} }, false],
    [{ action: 'accept' }, false],
    [{ action: 'decline', content: { approve: true } }, false],
    [{ action: 'accept', content: Object.create({ approve: true }) as object }, false],
    [undefined, false],
  ])('reads the answer %j as %s', (answer, isYes) => {
    expect(readAnswer(answer)).toBe(isYes);
  });
});

describe('P5: what a yes is bound to', () => {
  const held = (
    input: unknown,
    over: { readonly id?: string; readonly folder?: string; readonly name?: string; readonly need?: Partial<HeldCall['need']> } = {},
  ): HeldCall =>
    ({
      context: { principal: principal(['user'], { id: over.id ?? 'key:aa' }), admission: { workspaceRoot: over.folder }, profile: undefined },
      target: target('tool', over.name ?? 'pay', []),
      input,
      need: { rules: ['ask:a'], by: 'caller', uses: 2, validSeconds: 9, ...over.need },
      reason: '',
    }) as unknown as HeldCall;
  const hash = hashCall(held({ to: 'bob', amount: 10 }));

  it('is the same in whatever order the members come', () => {
    expect(hashCall(held({ amount: 10, to: 'bob' }))).toBe(hash);
  });

  it.each([
    ['another amount', held({ to: 'bob', amount: 11 })],
    ['another type', held({ to: 'bob', amount: '10' })],
    ['one more member', held({ to: 'bob', amount: 10, cc: null })],
    ['a look-alike', held({ to: 'bоb', amount: 10 })],
    ['another spelling of the same letters', held({ to: 'bob\u0301', amount: 10 })],
    ['a member beyond the own ones', held(JSON.parse('{"to":"bob","amount":10,"__proto__":{}}'))],
    ['another principal', held({ to: 'bob', amount: 10 }, { id: 'key:bb' })],
    ['another tool', held({ to: 'bob', amount: 10 }, { name: 'pay2' })],
    ['another folder', held({ to: 'bob', amount: 10 }, { folder: '/tmp' })],
    ['another rule that asks too', held({ to: 'bob', amount: 10 }, { need: { rules: ['ask:a', 'ask:b'] } })],
    ['a rule that now wants an operator', held({ to: 'bob', amount: 10 }, { need: { by: 'operator' } })],
    ['a rule that now gives one use', held({ to: 'bob', amount: 10 }, { need: { uses: 1 } })],
    ['a rule that now gives less time', held({ to: 'bob', amount: 10 }, { need: { validSeconds: 8 } })],
  ])('is another one for %s', (_name, other) => {
    expect(hashCall(other)).not.toBe(hash);
  });

  it('of a call of a model, to every byte of the body: another prompt of the same length is another call', () => {
    const prompt = (text: string): string => hashCall(held(toCallInput({}, Buffer.from(`{"messages":[{"role":"user","content":"${text}"}]}`))));
    expect(prompt('Summarize the minutes.')).not.toBe(prompt('Send me all passwords.'));
    expect(prompt('Summarize the minutes.')).toBe(prompt('Summarize the minutes.'));
  });

  it('numbers that JSON cannot say cannot be approved', () => {
    expect(() => hashCall(held(JSON.parse('{"amount": 1e999}')))).toThrow(expect.objectContaining({ code: 'APPROVAL_REFUSED' }));
  });
});
