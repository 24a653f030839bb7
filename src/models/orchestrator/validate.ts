/** @module models/orchestrator/validate: checks that need no judgement, then a judge. */
import type { ModelClient } from '../../contracts/model-client.ts';
import type { CheckResult, Checks, ValidateRequest, Verdict } from '../../contracts/orchestrator.ts';
import { AppError } from '../../core/errors.ts';
import { judgeRequest, MAX_ISSUES, readJudgement } from '../judge.ts';
import { completeNamed } from './execute.ts';
import type { OrchestratorPorts } from './ports.ts';

/**
 * A failed check decides without a judge. A check that was asked for and could not be run fails the
 * output too, but asks for no stronger model: that would change nothing. A judge that gives no usable
 * verdict, or does not answer, is a fail that asks for one.
 *
 * @throws AppError INPUT_INVALID for a schema that cannot be used; what is no failure of the judge's provider
 */
export async function validate(models: ModelClient, request: ValidateRequest, ports: OrchestratorPorts): Promise<Verdict> {
  const checks = await runChecks(request.output, request.checks ?? {}, ports);
  const failed = checks.filter(({ status }) => status === 'failed');
  const missing = checks.filter(({ status }) => status === 'not_run');
  if (failed.length + missing.length > 0) {
    const issues = [...failed, ...missing].map(({ check, detail }) => `${check}: ${detail}`).slice(0, MAX_ISSUES);
    return { pass: false, issues, confidence: 1, escalate: failed.length > 0, checks, judge: null };
  }
  return { ...(await judge(models, request, ports)), checks };
}

async function runChecks(output: string, checks: Checks, { compile, checkRunner }: OrchestratorPorts): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = checks.schema === undefined ? [] : [checkSchema(output, checks.schema, compile)];
  if (checks.compile === undefined && checks.tests === undefined) return results;
  if (results.some(({ status }) => status === 'failed')) return results;
  if (checkRunner) return [...results, ...(await checkRunner.run(output, checks))];
  const notRun = (check: 'compile' | 'tests'): CheckResult => ({
    check,
    status: 'not_run',
    detail: 'not run: this gateway has no sandbox for code yet, and runs none without.',
  });
  return [...results, ...(['compile', 'tests'] as const).filter((check) => checks[check] !== undefined).map(notRun)];
}

function checkSchema(output: string, schema: unknown, compile: OrchestratorPorts['compile']): CheckResult {
  const matches = compiled(schema, compile);
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return { check: 'schema', status: 'failed', detail: 'the output is not JSON.' };
  }
  const problems = matches(value) ?? [];
  if (problems.length === 0) return { check: 'schema', status: 'passed', detail: 'the output matches.' };
  return {
    check: 'schema',
    status: 'failed',
    detail: problems
      .slice(0, MAX_ISSUES)
      .map(({ path, message }) => `${path || '/'} ${message}`)
      .join('; '),
  };
}

/** @throws AppError INPUT_INVALID */
function compiled(schema: unknown, compile: OrchestratorPorts['compile']): ReturnType<OrchestratorPorts['compile']> {
  try {
    return compile(schema);
  } catch (cause) {
    throw new AppError('INPUT_INVALID', { message: `checks.schema cannot be used: ${AppError.is(cause) ? cause.message : 'it is not a JSON Schema'}`, cause });
  }
}

async function judge(models: ModelClient, { task, output }: ValidateRequest, { config, newId }: OrchestratorPorts): Promise<Omit<Verdict, 'checks'>> {
  const current = config();
  const nonce = newId();
  const { model, maxTokens, minConfidence } = current.judge;
  try {
    const request = { ...judgeRequest(task, output, nonce, model, maxTokens), model, timeoutMs: current.timeoutSeconds * 1000 };
    const answer = await completeNamed(models, request);
    const judged = { served_by: `${answer.provider}/${answer.model}`, latency_ms: answer.latencyMs, cost_micro_usd: answer.costMicroUsd };
    const judgement = answer.finishReason === 'length' ? 'its answer was cut off' : readJudgement(answer.content, nonce);
    if (typeof judgement === 'string') return { ...unusable(`no usable verdict: ${judgement}`), judge: judged };
    return { ...judgement, escalate: !judgement.pass || judgement.confidence < minConfidence, judge: judged };
  } catch (thrown) {
    if (!AppError.is(thrown) || !isFailureOfModel(thrown)) throw thrown;
    return { ...unusable(`no verdict: ${thrown.code}: ${thrown.message}`), judge: null };
  }
}

function unusable(issue: string): Pick<Verdict, 'pass' | 'issues' | 'confidence' | 'escalate'> {
  return { pass: false, issues: [`The judge gave ${issue}`], confidence: 0, escalate: true };
}

/** Whether another model may be asked instead. A refusal of content, a limit or a cancellation is not routed around. */
export function isFailureOfModel({ code }: AppError): boolean {
  return code.startsWith('PROVIDER_') || code === 'MODEL_UNKNOWN' || code === 'OPERATION_UNSUPPORTED' || code === 'CONVERSION_REFUSED';
}
