/** A provider that fails, and a client of the other dialect: what is half is never called whole. */
// @requirement M3.b
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, judge, startModelGateway, type Dialect, type ModelGateway } from '../../helpers/model-gateway.ts';

describe('a provider that fails, at a client of the other dialect', () => {
  let faulty: ModelGateway;
  beforeAll(async () => {
    faulty = await startModelGateway();
  });
  afterAll(() => faulty.stop());
  const OTHER: Readonly<Record<Dialect, string>> = { openai: 'an', anthropic: 'oa' };
  const cases = (['openai', 'anthropic'] as const).flatMap((dialect) => [true, false].map((isStream) => [dialect, isStream] as const));

  it.each(cases)('%s, stream %s: a whole answer is whole, whatever pieces it comes in', async (dialect, stream) => {
    expect(await judge(await ask(faulty, dialect, { model: `${OTHER[dialect]}/bytewise`, stream }), dialect, stream)).toBe('complete');
  });

  it.each(cases)('%s, stream %s: half an answer is never called complete', async (dialect, stream) => {
    for (const fault of ['cut', 'stall', 'malformed', 'no-end', 'in-band', 'filter', 'down'])
      expect(await judge(await ask(faulty, dialect, { model: `${OTHER[dialect]}/${fault}`, stream }), dialect, stream), fault).toBe('error');
  });
});
