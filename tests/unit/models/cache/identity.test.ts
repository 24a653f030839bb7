import { describe, expect, it } from 'vitest';
import { WireBody, type ModelCallInput } from '../../../../src/contracts/model.ts';
import { exactKey, groupKey, ownerOf, type Setting } from '../../../../src/models/cache/identity.ts';
import { questionIn } from '../../../../src/models/cache/question.ts';

const SETTING: Setting = { owner: 'principal:a', name: 'fast', route: '[]', secret: 's' };
// In Gemini's dialect neither the model nor whether it is a stream stands in the body.
const body = (text: string): WireBody => new WireBody(Buffer.from(JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] })));
const INPUT: ModelCallInput = {
  operation: 'generate',
  dialect: 'gemini',
  isStream: false,
  holdBack: 'first-content',
  bytes: 1,
  maxOutputTokens: null,
  headers: { a: '1', b: '2' },
  attempt: 0,
  body: body('what is it'),
};
const OTHER_SETTINGS: readonly Partial<Setting>[] = [{ owner: 'principal:b' }, { name: 'slow' }, { route: '[1]' }, { secret: null }];
const OTHER_INPUTS: readonly Partial<ModelCallInput>[] = [
  { operation: 'embed' },
  { dialect: 'typed' },
  { isStream: true },
  { headers: { a: '1' } },
  { headers: { a: '1', b: '3' } },
];

describe('M9.a M9.h the name of an answer', () => {
  const near = (setting: Setting, input: ModelCallInput, model = 'v'): string =>
    groupKey(setting, input, questionIn('gemini', input.body.bytes) ?? expect.fail('no question'), model);

  it.each([
    ['exact', (setting: Setting, input: ModelCallInput): string => exactKey(setting, input)],
    ['near', (setting: Setting, input: ModelCallInput): string => near(setting, input)],
  ] as const)('%s: differs with everything that may make another answer, each on its own', (_kind, keyOf) => {
    const keys = [
      keyOf(SETTING, INPUT),
      ...OTHER_SETTINGS.map((other) => keyOf({ ...SETTING, ...other }, INPUT)),
      ...OTHER_INPUTS.map((other) => keyOf(SETTING, { ...INPUT, ...other })),
    ];
    expect(new Set(keys).size).toBe(1 + OTHER_SETTINGS.length + OTHER_INPUTS.length);
    expect(keys.every((key) => /^[\w-]{43}$/.test(key))).toBe(true);
    expect(keyOf(SETTING, { ...INPUT, headers: { b: '2', a: '1' } })).toBe(keys[0]);
  });

  it('near: is the same for other words, and another for other numbers or another model of vectors', () => {
    const of = (text: string): string => near(SETTING, { ...INPUT, body: body(text) });
    expect(of('and what was it then')).toBe(of('what is it'));
    expect(of('what is 2')).not.toBe(of('what is 3'));
    expect(near(SETTING, INPUT, 'w')).not.toBe(near(SETTING, INPUT));
  });

  it('belongs to whom the scope says', () => {
    expect(ownerOf({ id: 'a', tenant: 't' }, 'principal')).toBe('principal:a');
    expect(ownerOf({ id: 'a', tenant: 't' }, 'tenant')).toBe('tenant:t');
    expect(ownerOf({ id: 'a', tenant: null }, 'tenant')).toBe('principal:a');
    expect(ownerOf({ id: 'a', tenant: 't' }, 'gateway')).toBe('gateway');
  });
});
