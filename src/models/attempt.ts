/** @module models/attempt: one attempt at one provider. */
import type { CallContext } from '../contracts/call.ts';
import {
  WireBody,
  type ModelCallInput,
  type ModelChunk,
  type ModelDialect,
  type ModelProvider,
  type ModelResult,
  type ModelUsage,
  type ProviderRequest,
  type ProviderResponse,
} from '../contracts/model.ts';
import type { ModelRegistry } from '../contracts/model-registry.ts';
import type { ModelsConfig } from '../contracts/models-config.ts';
import { AppError } from '../core/errors.ts';
import { readUpTo, readWhole } from '../core/read-bytes.ts';
import { Scope } from '../core/scope.ts';
import type { Conversion } from './dialects/convert.ts';
import { readCount } from './dialects/count-reader.ts';
import { readerOf } from './dialects/dialects.ts';
import { meterAttempt, type AttemptMeter } from './metering.ts';
import { relay } from './relay.ts';
import { askForUsage } from './wire/ask-usage.ts';

/** What an attempt needs besides its input. */
export interface AttemptPorts {
  readonly registry: ModelRegistry;
  readonly times: Pick<ModelsConfig, 'firstTokenMs' | 'idleMs' | 'answerMs'>;
  /** Bytes an answer may have. */
  readonly maxBytes: number;
  /** Whether streams shall tell their usage although the client did not ask for it. */
  readonly wantsUsage: boolean;
}

/** What is tried. */
export interface AttemptTarget {
  readonly provider: ModelProvider;
  /** As the provider names it. */
  readonly model: string;
}

/** The beginning of an error's body: enough to know what it is. */
const MAX_FAILURE_BYTES = 65_536;
/** A server that keeps its connection open behind the last event, or goes on with pings, holds nobody longer. */
const LINGER_MS = 1000;

/**
 * Sends the client's body, with the model's name replaced or converted to the provider's dialect, and
 * passes the answer on as it comes. Of a stream nothing is emitted before its first content; with
 * `holdBack: complete`, nothing before its end.
 *
 * @throws AppError PROVIDER_*, CONVERSION_REFUSED, CONTENT_REFUSED, EGRESS_REFUSED, RESPONSE_TOO_LARGE, INVALID_REQUEST
 */
export async function runAttempt(target: AttemptTarget, input: ModelCallInput, context: CallContext, ports: AttemptPorts): Promise<ModelResult> {
  const { provider, model } = target;
  if (provider.missing !== undefined)
    throw new AppError('PROVIDER_NOT_CONFIGURED', { message: `The provider ${provider.name} is not configured.`, fix: provider.missing });
  const dialect = dialectFor(target, input);
  const conversion = dialect === input.dialect ? undefined : await convert(dialect, target, input);
  const attempt: Attempt = { target, input, dialect, conversion, ports };
  const scope = new Scope({ parent: context.scope });
  const meter = meterAttempt(ports.registry, provider.name, model, input, context);
  const silence = input.isStream ? startSilence(scope, ports.times.firstTokenMs) : undefined;
  let isSent = false;
  let lingering: NodeJS.Timeout | undefined;
  try {
    const request = toRequest(attempt, scope);
    isSent = true;
    const response = await provider.send(request);
    if (response.status !== 200) throw provider.classify(response.status, response.headers, await readUpTo(response.body, MAX_FAILURE_BYTES));
    meter.accepted();
    const origin = {
      servedBy: `${provider.name}/${model}`,
      notCarried: [...(conversion?.notCarried ?? []), ...(response.notCarried ?? [])],
      ...(provider.isSimulated ? { isSimulated: true } : {}),
    };
    if (!input.isStream) {
      const { usage, bytes } = await readPlain(attempt, response, meter);
      return { ...origin, usage, costMicroUsd: meter.finished(usage, bytes.byteLength), body: new WireBody(bytes) };
    }
    const usage = await relay({
      dialect,
      response,
      conversion: conversion?.stream(),
      emit: (bytes) => context.emit({ type: 'chunk', value: { bytes, ...origin } satisfies ModelChunk }),
      isWhole: input.holdBack === 'complete',
      hidesUsage: ports.wantsUsage && !conversion && !asksForUsage(input),
      meter,
      onContent: () => clearTimeout(silence),
      onOver: () => {
        lingering = setTimeout(() => scope.cancel(new AppError('PROVIDER_SILENT')), LINGER_MS);
      },
    });
    return { ...origin, usage, costMicroUsd: meter.finished(usage), body: null };
  } finally {
    clearTimeout(silence);
    clearTimeout(lingering);
    meter.ended(isSent && context.scope.reason !== undefined);
    scope.end();
  }
}

/** Everything one attempt is about. */
interface Attempt {
  readonly target: AttemptTarget;
  readonly input: ModelCallInput;
  /** The provider's. */
  readonly dialect: ModelDialect;
  /** Absent where it is the client's too. */
  readonly conversion: Conversion | undefined;
  readonly ports: AttemptPorts;
}

/** Pings keep a connection lively while nothing comes of it: this clock is stopped by content alone. */
function startSilence(scope: Scope, firstTokenMs: number): NodeJS.Timeout {
  return setTimeout(() => scope.cancel(new AppError('PROVIDER_SILENT', { message: `No content within ${firstTokenMs} ms.` })), firstTokenMs);
}

function toRequest({ target, input, dialect, conversion, ports }: Attempt, scope: Scope): ProviderRequest {
  const { firstTokenMs, answerMs, idleMs } = ports.times;
  return {
    operation: input.operation,
    dialect,
    model: target.model,
    isStream: input.isStream,
    wantsUsage: ports.wantsUsage,
    headers: conversion ? {} : input.headers,
    body: conversion?.body ?? input.body.bytes,
    scope,
    firstByteMs: input.isStream ? firstTokenMs : answerMs,
    idleMs,
    maxBytes: ports.maxBytes,
  };
}

async function readPlain(
  { input, dialect, conversion }: Attempt,
  response: ProviderResponse,
  meter: AttemptMeter,
): Promise<{ readonly usage: ModelUsage; readonly bytes: Uint8Array }> {
  const bytes = await readWhole(response.body);
  const usage = input.operation === 'count' ? readCount(dialect, bytes) : readerOf(dialect).readAnswer(bytes);
  // What cannot be converted was paid for all the same.
  meter.told(usage);
  return { usage, bytes: conversion ? conversion.answer(bytes) : bytes };
}

/** Whether the client itself asked for the usage of its stream. */
function asksForUsage({ dialect, body }: ModelCallInput): boolean {
  return dialect !== 'openai-chat' || Object.keys(askForUsage(body.bytes)).length === 0;
}

/** The client's dialect where the provider takes it. @throws AppError OPERATION_UNSUPPORTED */
function dialectFor({ provider, model }: AttemptTarget, { operation, dialect }: ModelCallInput): ModelDialect {
  const native = provider.dialects(operation, model);
  const best = native.includes(dialect) ? dialect : native[0];
  if (best === undefined)
    throw new AppError('OPERATION_UNSUPPORTED', { message: `The provider ${provider.name} cannot ${OPERATIONS[operation]} with ${model}.` });
  return best;
}

const OPERATIONS = { generate: 'generate', embed: 'embed', count: 'count tokens' } as const;

async function convert(to: ModelDialect, { model }: AttemptTarget, { operation, dialect: from, isStream, headers, body }: ModelCallInput): Promise<Conversion> {
  const { createConversion } = await import('./dialects/convert.ts');
  return await createConversion({ operation, from, to, model, isStream, headers, body: body.bytes });
}
