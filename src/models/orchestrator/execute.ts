/** @module models/orchestrator/execute: a prompt for the model that was named, and no other. */
import type { Completion, CompletionRequest, ModelClient } from '../../contracts/model-client.ts';
import type { ExecuteRequest, Execution } from '../../contracts/orchestrator.ts';
import { AppError } from '../../core/errors.ts';
import type { OrchestratorPorts } from './ports.ts';

const MAX_LISTED = 50;

/** @throws AppError MODEL_UNKNOWN with the names there are, and as the model call ended */
export async function execute(models: ModelClient, request: ExecuteRequest, ports: OrchestratorPorts): Promise<Execution> {
  const config = ports.config();
  const completion = await completeNamed(models, {
    model: request.model,
    messages: [{ role: 'user', content: request.prompt }],
    system: request.system,
    maxTokens: request.maxTokens ?? config.defaultMaxTokens,
    temperature: request.temperature,
    timeoutMs: config.timeoutSeconds * 1000,
  });
  return toExecution(request.model, completion);
}

/** The answer of the model with this name; a name that leads nowhere is told as such. */
export async function completeNamed(models: ModelClient, request: CompletionRequest & { readonly model: string }): Promise<Completion> {
  try {
    return await models.complete(request);
  } catch (thrown) {
    if (AppError.is(thrown) && thrown.code === 'UNKNOWN_TARGET') throw await unknownModel(models, request.model);
    throw thrown;
  }
}

/** Of what the caller may not call, it learns no names. */
async function unknownModel(models: ModelClient, name: string): Promise<AppError> {
  const known = (await models.list({ isWhole: true })).map((model) => model.name).toSorted();
  const more = known.length > MAX_LISTED ? ` and ${known.length - MAX_LISTED} more` : '';
  return new AppError('MODEL_UNKNOWN', { message: `Unknown model: ${name}. Known: ${known.slice(0, MAX_LISTED).join(', ')}${more}.` });
}

function toExecution(model: string, { content, provider, usage, costMicroUsd, latencyMs, finishReason, isSimulated, model: served }: Completion): Execution {
  return {
    response: content,
    model,
    served_by: `${provider}/${served}`,
    tokens: { input: usage.promptTokens, output: usage.completionTokens },
    latency_ms: latencyMs,
    cost_micro_usd: costMicroUsd,
    finish_reason: finishReason,
    ...(isSimulated ? { simulated: true } : {}),
  };
}
