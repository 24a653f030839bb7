/** @module models/orchestrator/execute: a prompt for the model that was named, and no other. */
import type { OrchestratorConfig } from '../../contracts/config.ts';
import type { Completion, CompletionRequest, ModelClient } from '../../contracts/model-client.ts';
import type { ExecuteRequest, Execution } from '../../contracts/orchestrator.ts';
import { AppError } from '../../core/errors.ts';

const MAX_LISTED = 50;

/** @throws AppError MODEL_UNKNOWN with the names there are, PROVIDER_NOT_CONFIGURED, and as the model call ended */
export async function execute(models: ModelClient, request: ExecuteRequest, config: OrchestratorConfig): Promise<Execution> {
  const completion = await completeNamed(
    models,
    {
      model: request.model,
      messages: [{ role: 'user', content: request.prompt }],
      system: request.system,
      maxTokens: request.maxTokens ?? config.defaultMaxTokens,
      temperature: request.temperature,
      timeoutMs: config.timeoutSeconds * 1000,
    },
    config,
  );
  return toExecution(request.model, completion);
}

/** The answer of the model with this name; a name that leads nowhere is told as such. */
export async function completeNamed(models: ModelClient, request: CompletionRequest & { readonly model: string }, config: OrchestratorConfig): Promise<Completion> {
  try {
    return await models.complete(request);
  } catch (thrown) {
    if (AppError.is(thrown) && thrown.code === 'UNKNOWN_TARGET') throw await unknownModel(models, request.model, config);
    throw thrown;
  }
}

async function unknownModel(models: ModelClient, name: string, { names }: OrchestratorConfig): Promise<AppError> {
  if (Object.hasOwn(names, name)) {
    return new AppError('PROVIDER_NOT_CONFIGURED', {
      message: `${name} stands for ${String(names[name])}, and no provider of such models is configured.`,
      fix: `Configure a provider of its vendor, or define the alias ${name} under models.aliases.`,
    });
  }
  const known = [...new Set([...Object.keys(names), ...(await models.list()).map((model) => model.name)])];
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
