/** The gateway in front of providers that misbehave, and one run of a scenario through it. */
import type { JsonObject } from '../../src/core/json.ts';
import { startFaultProvider, type ProviderRequest } from './fault-provider.ts';
import { BENCH_SCENARIOS, expectedOf, idealOf, OWN_SCENARIOS, type Mode, type Scenario } from './fault-scenarios.ts';
import { ask, judge, startModelGateway, type Dialect, type ModelGateway, type Verdict } from './model-gateway.ts';
import { createSelfSigned } from './self-signed.ts';

/** One scenario in one dialect, asked for in one way. */
export interface Cell {
  readonly scenario: Scenario;
  readonly dialect: Dialect;
  readonly mode: Mode;
}

/** How it ended. */
export interface CellResult {
  readonly verdict: Verdict;
  /** `pass` = the best there is; `safe` = an error that says so instead, as documented; `miss` = anything else. */
  readonly grade: 'pass' | 'safe' | 'miss';
  readonly problems: readonly string[];
  readonly durationMs: number;
}

export interface FaultBench {
  readonly gateway: ModelGateway;
  run(cell: Cell): Promise<CellResult>;
  stop(): Promise<void>;
}

/** Every cell of these scenarios. */
export const cellsOf = (scenarios: readonly Scenario[]): readonly Cell[] =>
  (['openai', 'anthropic'] as const).flatMap((dialect) =>
    (['plain', 'stream', 'held'] as const).flatMap((mode) => scenarios.map((scenario) => ({ scenario, dialect, mode }))),
  );

const PLACES = { openai: ['oa', 'oa2', 'oa'], anthropic: ['an', 'an2', 'an'] } as const;
const aliasOf = ({ scenario, dialect, mode }: Cell): string => `${scenario.name.replace(/\W+/g, '-')}.${dialect}.${mode}`;

function targetsOf(cell: Cell): readonly string[] {
  return cell.scenario.chain.map((entry, place) => {
    const [fault = '', where] = entry.split(':').toReversed();
    const provider = where === undefined ? PLACES[cell.dialect][place] : `${where}-${cell.dialect}`;
    return `${provider ?? 'oa'}/${fault}@${aliasOf(cell)}.${place}`;
  });
}

/** Starts everything; a model of the gateway for each cell. */
export async function startFaultBench(): Promise<FaultBench> {
  const untrusted = await startFaultProvider(createSelfSigned());
  const cells = cellsOf([...BENCH_SCENARIOS, ...OWN_SCENARIOS]);
  const gateway = await startModelGateway(Object.fromEntries(cells.map((cell) => [aliasOf(cell), targetsOf(cell)])), {
    breaker: { openMs: 200 },
    // Long enough for a machine that is busy with everything else.
    firstTokenMs: 2500,
    idleMs: 2500,
    answerMs: 2500,
    providers: { ...bothAt('lost', 'http://nobody.invalid'), ...bothAt('shut', 'http://127.0.0.1:1'), ...bothAt('tls', untrusted.url) },
  });
  const seenBy = (target: string): readonly ProviderRequest[] =>
    [...gateway.provider.requests, ...untrusted.requests].filter(({ model }) => model === target.slice(target.indexOf('/') + 1));

  return {
    gateway,
    async run(cell) {
      const { scenario, dialect, mode } = cell;
      const isStream = mode !== 'plain';
      const correlationId = aliasOf(cell).slice(0, 128);
      const targets = targetsOf(cell);
      const expected = expectedOf(scenario, dialect, mode);
      const startedAt = performance.now();
      const problems: string[] = [];
      let verdict: Verdict = 'wrong';
      let last = { servedBy: null as string | null, text: '' };
      for (let time = 0; time < (scenario.times ?? 1); time += 1) {
        if (time > 0) await new Promise((resolve) => void setTimeout(resolve, scenario.everyMs ?? 0));
        const headers = { 'x-correlation-id': correlationId, ...(mode === 'held' ? { 'x-switchyard-hold-back': 'complete' } : {}) };
        const response = await ask(gateway, dialect, bodyFor(cell), headers);
        const copy = response.clone();
        verdict = await judge(response, dialect, isStream);
        last = { servedBy: copy.headers.get('x-switchyard-served-by'), text: await copy.text().catch(() => '') };
        if (verdict !== expected) problems.push(`time ${time + 1}: ${verdict} instead of ${expected}: ${last.text.slice(-200)}`);
      }
      const seen = targets.map(seenBy);
      const counts = seen.map(({ length }) => length);
      if (scenario.requests && counts.join() !== scenario.requests.join()) problems.push(`asked ${counts.join()} instead of ${scenario.requests.join()}`);
      problems.push(...(scenario.check?.({ gateway, correlationId, seen, last, targets }) ?? []));
      if (problems.length > 0) problems.push(`attempts: ${attemptsOf(gateway, correlationId).join(' ')}`);
      const grade = problems.length > 0 ? 'miss' : verdict === idealOf(scenario) ? 'pass' : 'safe';
      return { verdict, grade, problems, durationMs: performance.now() - startedAt };
    },
    async stop() {
      await gateway.stop();
      await untrusted.stop();
    },
  };
}

/** How each attempt ended, for whoever reads of a miss. */
function attemptsOf(gateway: ModelGateway, correlationId: string): readonly string[] {
  return gateway.records().flatMap((record) => {
    const { correlationId: own, phase, parentId, outcome, durationMs } = record;
    return own === correlationId && phase === 'outcome' && parentId !== undefined ? [`${String(outcome)} ${Math.round(Number(durationMs))} ms`] : [];
  });
}

function bodyFor(cell: Cell): JsonObject {
  const isStream = cell.mode !== 'plain';
  const usage = cell.dialect === 'openai' && isStream ? { stream_options: { include_usage: true } } : {};
  return { model: aliasOf(cell), stream: isStream, ...usage };
}

function bothAt(name: string, url: string): JsonObject {
  return {
    [`${name}-openai`]: { kind: 'openai-compatible', baseUrl: `${url}/v1`, apiKey: 'k' },
    [`${name}-anthropic`]: { kind: 'anthropic', baseUrl: url, apiKey: 'k' },
  };
}
