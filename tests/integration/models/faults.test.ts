import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../../tools/paths.ts';
import { ask, judge, startModelGateway, type Dialect, type ModelGateway, type Verdict } from '../../helpers/model-gateway.ts';

interface Scenario {
  readonly name: string;
  /** Faults of the targets in their order. */
  readonly chain: readonly string[];
  readonly plain: Verdict;
  readonly stream: Verdict;
  /** Requests that each target must have seen, where it matters. */
  readonly requests?: readonly number[];
}

/** The sixteen scenarios. A stream that breaks after its first content ends in an error, or starts anew where the caller holds back. */
const SCENARIOS: readonly Scenario[] = [
  { name: '429 with Retry-After', chain: ['retry-after', 'ok'], plain: 'complete', stream: 'complete', requests: [2, 0] },
  { name: '429 that stays', chain: ['busy', 'ok'], plain: 'complete', stream: 'complete', requests: [3, 1] },
  { name: '500 once', chain: ['fail-once', 'ok'], plain: 'complete', stream: 'complete', requests: [2, 0] },
  { name: '503 that stays', chain: ['down', 'ok'], plain: 'complete', stream: 'complete', requests: [3, 1] },
  { name: 'connection reset', chain: ['reset', 'ok'], plain: 'complete', stream: 'complete', requests: [3, 1] },
  { name: 'no response', chain: ['silent', 'ok'], plain: 'complete', stream: 'complete', requests: [1, 1] },
  { name: 'slow first token', chain: ['slow-first', 'ok'], plain: 'complete', stream: 'complete', requests: [1, 1] },
  { name: 'cut in the middle', chain: ['cut', 'ok'], plain: 'complete', stream: 'error' },
  { name: 'stall in the middle', chain: ['stall', 'ok'], plain: 'complete', stream: 'error' },
  { name: 'malformed data', chain: ['malformed', 'ok'], plain: 'complete', stream: 'error' },
  { name: 'no last event', chain: ['no-done', 'ok'], plain: 'complete', stream: 'complete' },
  { name: 'context too long', chain: ['context', 'ok'], plain: 'error', stream: 'error', requests: [1, 0] },
  { name: 'content filter', chain: ['filter', 'ok'], plain: 'error', stream: 'error', requests: [1, 0] },
  { name: 'fallback rejects prefill', chain: ['down', 'no-prefill'], plain: 'error', stream: 'error', requests: [3, 1] },
  { name: 'flapping primary', chain: ['flapping', 'ok'], plain: 'complete', stream: 'complete' },
  { name: 'accounting of attempts', chain: ['down', 'silent', 'ok'], plain: 'complete', stream: 'complete', requests: [3, 1, 1] },
];
const BROKEN_LATE = new Set(['cut in the middle', 'stall in the middle', 'malformed data']);
const PREFIX = { openai: ['oa', 'oa2', 'oa'], anthropic: ['an', 'an2', 'an'] } as const;
const RUNS = (['openai', 'anthropic'] as const).flatMap((dialect) => [false, true].map((isStream) => ({ dialect, isStream })));

const aliasOf = (index: number, dialect: Dialect, isStream: boolean, isHeld = false): string => `s${index}-${dialect}-${isStream}-${isHeld}`;
const targetsOf = ({ chain }: Scenario, alias: string, dialect: Dialect): string[] =>
  chain.map((fault, place) => `${PREFIX[dialect][place] ?? 'oa'}/${fault}@${alias}-${place}`);
const aliases = Object.fromEntries(
  SCENARIOS.flatMap((scenario, index) =>
    RUNS.flatMap(({ dialect, isStream }) =>
      [false, true].map((isHeld) => {
        const alias = aliasOf(index, dialect, isStream, isHeld);
        return [alias, targetsOf(scenario, alias, dialect)] as const;
      }),
    ),
  ),
);

let gateway: ModelGateway;
beforeAll(async () => {
  gateway = await startModelGateway(aliases);
});
afterAll(() => gateway.stop());

const seen = (target: string): number => gateway.provider.requests.filter(({ model }) => model === target.slice(target.indexOf('/') + 1)).length;
const expectedOf = ({ name, plain, stream }: Scenario, dialect: Dialect, isStream: boolean): Verdict => {
  // OpenAI's finish_reason already ended the answer; an Anthropic stream without message_stop has no end.
  if (name === 'no last event' && isStream && dialect === 'anthropic') return 'error';
  return isStream ? stream : plain;
};

// @requirement M6.a M4.a M5.a
describe.each(RUNS)('faults of a provider: $dialect, stream $isStream', ({ dialect, isStream }) => {
  it.concurrent.each(SCENARIOS.map((scenario, index) => ({ ...scenario, index })))('$name', async (scenario) => {
    const alias = aliasOf(scenario.index, dialect, isStream);
    const times = scenario.name === 'flapping primary' ? 20 : 1;
    for (let time = 0; time < times; time += 1) {
      const response = await ask(gateway, dialect, { model: alias, stream: isStream });
      expect(await judge(response, dialect, isStream)).toBe(expectedOf(scenario, dialect, isStream));
    }
    if (scenario.requests) expect(targetsOf(scenario, alias, dialect).map(seen)).toEqual(scenario.requests);
  });
});

// @requirement M5.b
describe.each(['openai', 'anthropic'] as const)('a caller of %s that holds back the whole stream', (dialect) => {
  it.concurrent.each(SCENARIOS.map((scenario, index) => ({ ...scenario, index })).filter(({ name }) => BROKEN_LATE.has(name)))(
    'gets it from the next target: $name',
    async ({ index }) => {
      const response = await ask(gateway, dialect, { model: aliasOf(index, dialect, true, true), stream: true }, { 'x-switchyard-hold-back': 'complete' });
      expect(await judge(response, dialect, true)).toBe('complete');
    },
  );
});

describe('docs/failover.md', () => {
  it('lists every scenario of this test', () => {
    const text = readFileSync(join(root, 'docs/failover.md'), 'utf8');
    for (const { name } of SCENARIOS) expect(text).toContain(`| ${name} |`);
  });
});
