import { describe, expect, it } from 'vitest';
import type { CompletionRequest } from '../../../../src/contracts/model-client.ts';
import type { OrchestratorConfig } from '../../../../src/contracts/config.ts';
import type { RunDecision, RunOutcome, RunRequest } from '../../../../src/contracts/orchestrator.ts';
import { DEFAULT_ROUTING } from '../../../../src/contracts/orchestrator-config.ts';
import { AppError } from '../../../../src/core/errors.ts';
import {
  codeOf,
  isJudging,
  orchestratorBench,
  PRICE,
  scriptedModels,
  verdict,
  type OrchestratorBench,
  type Said,
  type ScriptedModels,
} from '../../../helpers/scripted-models.ts';

/** Models by name that do it well; the others do it badly. `gone` = their failure. */
const doneBy = (good: readonly string[], gone: Readonly<Record<string, AppError>> = {}, more: Readonly<Record<string, Partial<Said>>> = {}): ScriptedModels =>
  scriptedModels((model, request) => {
    if (isJudging(request)) return verdict(request, /<output id="[^"]*">\ngood/.test(request.messages[0]?.content ?? ''));
    const failure = gone[model];
    const text = `${good.includes(model) ? 'good' : 'bad'} of ${model}`;
    return failure ?? { content: text, ...(more[model] as object | undefined) };
  });
const run = async ({ orchestrator }: OrchestratorBench, models: ScriptedModels, request: Partial<RunRequest> = {}): Promise<RunOutcome> =>
  await orchestrator.run(models, { task: 'say it', owner: 'key:alice', ...request });
const tiersAsked = ({ asked }: ScriptedModels): (string | undefined)[] =>
  asked.filter((request: CompletionRequest) => !isJudging(request)).map(({ model }) => model);
const withRun = (change: Partial<OrchestratorConfig['run']>): OrchestratorBench => orchestratorBench({ run: { ...DEFAULT_ROUTING.run, ...change } });

describe('a run', () => {
  it('O5.a: begins at the tier of the score and ends with the first output that passes', async () => {
    const bench = orchestratorBench();
    const models = doneBy(['gemini-flash', 'haiku']);
    expect(await run(bench, models)).toMatchObject({
      response: 'good of gemini-flash',
      tier: 'flash',
      served_by: 'gemini/gemini-3.8-flash',
      pass: true,
      total_cost_micro_usd: 100,
    });
    const hard = { files_count: 9, requires_tests: true };
    expect(await run(bench, doneBy(['haiku']), { context: hard })).toMatchObject({ tier: 'haiku', complexity_score: 4 });
  });

  it('O5.b: rises tier by tier while the output does not pass, and tells each decision with its reason', async () => {
    const told: RunDecision[] = [];
    const outcome = await orchestratorBench().orchestrator.run(doneBy(['sonnet']), { task: 'say it', owner: 'x' }, (decision) => told.push(decision));
    expect(outcome).toMatchObject({ response: 'good of sonnet', pass: true, total_cost_micro_usd: 300 });
    expect(outcome.attempts.map(({ tier, pass, cost_micro_usd: cost }) => [tier, pass, cost])).toEqual([
      ['flash', false, 100],
      ['haiku', false, 100],
      ['sonnet', true, 100],
    ]);
    expect(told).toEqual(outcome.decisions);
    expect(told.map(({ action, tier }) => `${action} ${tier}`)).toEqual(['start flash', 'escalate haiku', 'escalate sonnet', 'accept sonnet']);
    expect(told.map(({ reason }) => reason)).toEqual([
      'The score is 0.5',
      'It does not pass: wrong',
      'It does not pass: wrong',
      'It passes with confidence 0.9',
    ]);
  });

  it('O5.b: returns the last answer where none passes, and says so', async () => {
    const outcome = await run(withRun({ maxAttempts: 9 }), doneBy([]));
    expect(outcome).toMatchObject({ response: 'bad of opus', pass: false, issues: ['wrong'] });
    expect(outcome.decisions.at(-1)).toMatchObject({ action: 'stop', reason: 'It does not pass: wrong; but there is no stronger tier' });
  });

  it('O5.c: makes no more attempts than allowed; a request cannot allow itself more', async () => {
    expect(tiersAsked(await asked({ maxAttempts: 1 }))).toEqual(['gemini-flash']);
    expect(tiersAsked(await asked({ maxAttempts: 9 }))).toHaveLength(3);
  });

  it('O5.c: begins no attempt that may cost more than is left', async () => {
    // One attempt: 2 + 10 × 5 for the answer, 312 + 1024 × 5 for the judge, 5484 together; it costs 100 in the end.
    const models = doneBy([]);
    const outcome = await run(orchestratorBench(), models, { maxCostUsd: 0.006, maxTokens: 10 });
    expect(tiersAsked(models)).toEqual(['gemini-flash', 'haiku', 'sonnet']);
    const tight = doneBy([]);
    const stopped = await run(orchestratorBench(), tight, { maxCostUsd: 0.0055, maxTokens: 10 });
    expect(tiersAsked(tight)).toEqual(['gemini-flash']);
    expect(stopped.decisions.at(-1)).toMatchObject({ action: 'stop', tier: 'haiku' });
    expect(stopped.decisions.at(-1)?.reason).toContain('100 micro-USD are spent');
    expect(outcome.pass).toBe(false);
    const none = doneBy([]);
    expect(await codeOf(run(orchestratorBench(), none, { maxCostUsd: 0.0001 }))).toBe('TOOL_FAILED');
    expect(none.asked).toEqual([]);
  });

  it('O5.c: takes what is not known for not free', async () => {
    const models = doneBy([]);
    const unpriced = orchestratorBench({}, { priceOf: (name) => (name === 'gemini-flash' ? null : PRICE) });
    expect(await codeOf(run(unpriced, models, { maxCostUsd: 100 }))).toBe('TOOL_FAILED');
    const unknown = doneBy([], {}, { 'gemini-flash': { costMicroUsd: null } });
    const outcome = await run(orchestratorBench(), unknown, { maxCostUsd: 100 });
    expect(outcome).toMatchObject({ total_cost_micro_usd: null, attempts: [{ cost_micro_usd: null }] });
    expect(outcome.decisions.at(-1)?.reason).toContain('unknown is not free');
  });

  it('O5.d: goes on after a failure of a model, and not past a refusal or a limit', async () => {
    const gone = { 'gemini-flash': new AppError('PROVIDER_FAILED'), haiku: new AppError('UNKNOWN_TARGET') };
    const outcome = await run(orchestratorBench(), doneBy(['sonnet'], gone));
    expect(outcome).toMatchObject({
      response: 'good of sonnet',
      attempts: [{ error: 'PROVIDER_FAILED', pass: null }, { error: 'MODEL_UNKNOWN' }, { error: null }],
    });
    for (const code of ['CONTENT_REFUSED', 'QUOTA_EXCEEDED', 'CANCELLED', 'PERMISSION_DENIED'] as const) {
      const models = doneBy(['haiku'], { 'gemini-flash': new AppError(code) });
      expect(await codeOf(run(orchestratorBench(), models)), code).toBe(code);
      expect(models.asked, code).toHaveLength(1);
    }
    const all = Object.fromEntries(['gemini-flash', 'haiku', 'sonnet', 'opus'].map((name) => [name, new AppError('UNKNOWN_TARGET')]));
    expect(await codeOf(run(orchestratorBench(), doneBy([], all)))).toBe('MODEL_UNKNOWN');
  });

  it('O5.d: stops where a stronger model would change nothing', async () => {
    const models = doneBy([]);
    const outcome = await run(orchestratorBench(), models, { checks: { tests: 'npm test' } });
    expect(outcome).toMatchObject({ pass: false, attempts: [{ tier: 'flash' }] });
    expect(outcome.decisions.at(-1)?.reason).toContain('a stronger model would change nothing');
  });
});

describe('a conversation', () => {
  it('O5.e: never goes back to a weaker tier', async () => {
    const bench = orchestratorBench();
    await run(bench, doneBy(['sonnet']), { conversationId: 'c' });
    const second = doneBy(['sonnet', 'haiku', 'gemini-flash']);
    expect(await run(bench, second, { conversationId: 'c' })).toMatchObject({
      tier: 'sonnet',
      conversation_id: 'c',
      decisions: [{ reason: 'The score is 0.5; the conversation has reached the tier sonnet' }, {}],
    });
    await run(bench, doneBy(['opus']), { conversationId: 'c' });
    expect((await run(bench, doneBy(['opus']), { conversationId: 'c' })).tier).toBe('opus');
  });

  it('O5.e: keeps its tier when a weaker model ends an open turn', async () => {
    const bench = orchestratorBench();
    await run(bench, doneBy(['sonnet']), { conversationId: 'c' });
    await run(bench, doneBy(['gemini/gemini-3.8-flash']), { conversationId: 'c', isTurnOpen: true, servedBy: 'gemini/gemini-3.8-flash' });
    expect((await run(bench, doneBy(['gemini-flash', 'haiku', 'sonnet']), { conversationId: 'c' })).tier).toBe('sonnet');
  });

  it('O5.e: is its owner’s alone, and one that was forgotten begins anew', async () => {
    const bench = withRun({ maxConversations: 2 });
    await run(bench, doneBy(['sonnet']), { conversationId: 'c' });
    expect((await run(bench, doneBy(['gemini-flash']), { conversationId: 'c', owner: 'key:bob' })).tier).toBe('flash');
    for (const id of ['d', 'e', 'f']) await run(bench, doneBy(['gemini-flash']), { conversationId: id });
    expect((await run(bench, doneBy(['gemini-flash']), { conversationId: 'c' })).tier).toBe('flash');
  });

  it('O5.f: stays with the provider that began an open turn, by the exact name of its target', async () => {
    const bench = orchestratorBench();
    await run(bench, doneBy(['haiku']), { conversationId: 'c' });
    const models = doneBy(['anthropic/claude-opus-5-5']);
    const outcome = await run(bench, models, { conversationId: 'c', isTurnOpen: true, task: 'x' });
    expect(tiersAsked(models)).toEqual(['anthropic/claude-haiku-5-5', 'anthropic/claude-sonnet-5-5', 'anthropic/claude-opus-5-5']);
    expect(outcome).toMatchObject({ served_by: 'anthropic/claude-opus-5-5', tier: 'opus' });
  });

  it('O5.f: has no other provider to rise to inside an open turn', async () => {
    const models = doneBy([]);
    const outcome = await run(orchestratorBench(), models, { isTurnOpen: true, servedBy: 'gemini/gemini-3.8-flash' });
    expect(tiersAsked(models)).toEqual(['gemini/gemini-3.8-flash']);
    expect(outcome.decisions.at(-1)?.reason).toContain('of the provider that began the open turn');
    // Control: without an open turn the next tier is another provider's.
    const free = doneBy(['haiku']);
    expect((await run(orchestratorBench(), free)).served_by).toBe('anthropic/claude-haiku-5-5');
  });

  it('O5.f: asks who began the turn where nobody knows', async () => {
    expect(await codeOf(run(orchestratorBench(), doneBy([]), { isTurnOpen: true, conversationId: 'new' }))).toBe('INPUT_INVALID');
  });
});

describe('the journal of a run', () => {
  it('O6.a: keeps features, model, cost, verdict and latency of each attempt, and no text', async () => {
    const bench = orchestratorBench();
    await run(bench, doneBy(['haiku']), { task: 'my secret refactor', system: 'private system' });
    expect(bench.journal).toMatchObject([
      {
        tier: 0,
        model: 'gemini-flash',
        servedBy: 'gemini/gemini-3.8-flash',
        words: 3,
        score: 1.5,
        costMicroUsd: 50,
        judgeMicroUsd: 50,
        strongMicroUsd: 150,
        latencyMs: 7,
        pass: false,
        isFinal: false,
      },
      { tier: 1, model: 'haiku', pass: true, isFinal: true, confidence: 0.9 },
    ]);
    expect(new Set(bench.journal.map((entry) => entry.run)).size).toBe(1);
    expect(JSON.stringify(bench.journal)).not.toMatch(/secret|private|good|alice|wrong/);
  });

  it('O6.a: keeps the attempts of a run that failed in the end', async () => {
    const bench = orchestratorBench();
    await codeOf(run(bench, doneBy([], { haiku: new AppError('CONTENT_REFUSED') })));
    expect(bench.journal).toMatchObject([{ tier: 0, pass: false }]);
  });

  it('O6.b: compares the weakest and the strongest tier in a share of the runs left to chance, and never under a limit of cost', async () => {
    const compared = (): OrchestratorBench => orchestratorBench({ run: { ...DEFAULT_ROUTING.run, compareShare: 0.5 } }, { random: () => 0.49 });
    const bench = compared();
    const outcome = await run(bench, doneBy(['haiku', 'opus']), { context: { files_count: 9, requires_tests: true } });
    expect(outcome).toMatchObject({ response: 'good of haiku', total_cost_micro_usd: 300 });
    expect(bench.journal.map(({ kind, tier, pass, isFinal }) => [kind, tier, pass, isFinal])).toEqual([
      ['attempt', 1, true, true],
      ['comparison', 0, false, false],
      ['comparison', 3, true, false],
    ]);
    const limited = compared();
    await run(limited, doneBy(['gemini-flash']), { maxCostUsd: 1 });
    expect(limited.journal).toHaveLength(1);
    const unlucky = orchestratorBench({ run: { ...DEFAULT_ROUTING.run, compareShare: 0.5 } }, { random: () => 0.5 });
    await run(unlucky, doneBy(['gemini-flash']));
    expect(unlucky.journal).toHaveLength(1);
  });
});

async function asked(request: Partial<RunRequest>): Promise<ScriptedModels> {
  const models = doneBy([]);
  await run(orchestratorBench(), models, request);
  return models;
}
