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
  type ProviderResponse,
} from '../contracts/model.ts';
import type { ModelRegistry } from '../contracts/model-registry.ts';
import type { ModelsConfig } from '../contracts/models-config.ts';
import { AppError } from '../core/errors.ts';
import { Scope } from '../core/scope.ts';
import type { Conversion, StreamConversion } from './dialects/convert.ts';
import { readCount } from './dialects/count-reader.ts';
import { readerOf } from './dialects/dialects.ts';
import { meterAttempt, type AttemptMeter } from './metering.ts';
import { askForUsage } from './wire/ask-usage.ts';
import { createEventSplitter, joinPieces, type WireEvent } from './wire/event-stream.ts';

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

const MAX_FAILURE_BYTES = 65_536;

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
  const { firstTokenMs, answerMs, idleMs } = ports.times;
  const scope = new Scope({ parent: context.scope });
  const meter = meterAttempt(ports.registry, provider.name, model, input, context);
  // Pings keep a connection lively while nothing comes of it: this clock stops at content alone.
  const onSilence = (): void => scope.cancel(new AppError('PROVIDER_SILENT', { message: `No content within ${firstTokenMs} ms.` }));
  const silence = input.isStream ? setTimeout(onSilence, firstTokenMs) : undefined;
  try {
    const response = await provider.send({
      operation: input.operation,
      dialect,
      model,
      isStream: input.isStream,
      wantsUsage: ports.wantsUsage,
      headers: conversion ? {} : input.headers,
      body: conversion?.body ?? input.body.bytes,
      scope,
      firstByteMs: input.isStream ? firstTokenMs : answerMs,
      idleMs,
      maxBytes: ports.maxBytes,
    });
    if (response.status !== 200) throw provider.classify(response.status, response.headers, await readFailure(response));
    meter.accepted();
    const servedBy = `${provider.name}/${model}`;
    const notCarried = conversion?.notCarried ?? [];
    const simulated = provider.isSimulated ? { isSimulated: true } : {};
    const finish = (usage: ModelUsage, body: WireBody | null): ModelResult => ({
      servedBy,
      usage,
      notCarried,
      costMicroUsd: meter.finished(usage),
      body,
      ...simulated,
    });
    if (!input.isStream) {
      const bytes = await readWhole(response);
      const usage = input.operation === 'count' ? readCount(dialect, bytes) : readerOf(dialect).readAnswer(bytes);
      return finish(usage, new WireBody(conversion ? conversion.answer(bytes) : bytes));
    }
    const emit = (bytes: Uint8Array): ReturnType<CallContext['emit']> => context.emit({ type: 'chunk', value: { bytes, servedBy, notCarried, ...simulated } satisfies ModelChunk });
    const usage = await relay({
      dialect,
      response,
      conversion: conversion?.stream(),
      emit,
      isWhole: input.holdBack === 'complete',
      hidesUsage: ports.wantsUsage && !conversion && !asksForUsage(input),
      meter,
      onContent: () => clearTimeout(silence),
    });
    return finish(usage, null);
  } finally {
    clearTimeout(silence);
    meter.ended();
    scope.end();
  }
}

/** Whether the client itself asked for the usage of its stream. */
function asksForUsage({ dialect, body }: ModelCallInput): boolean {
  return dialect !== 'openai-chat' || Object.keys(askForUsage(body.bytes)).length === 0;
}

/** The client's dialect where the provider takes it. @throws AppError OPERATION_UNSUPPORTED */
function dialectFor({ provider, model }: AttemptTarget, { operation, dialect }: ModelCallInput): ModelDialect {
  const native = provider.dialects(operation, model);
  const best = native.includes(dialect) ? dialect : native[0];
  if (best === undefined) throw new AppError('OPERATION_UNSUPPORTED', { message: `The provider ${provider.name} cannot ${OPERATIONS[operation]} with ${model}.` });
  return best;
}

const OPERATIONS = { generate: 'generate', embed: 'embed', count: 'count tokens' } as const;

async function convert(to: ModelDialect, { model }: AttemptTarget, { operation, dialect: from, isStream, body }: ModelCallInput): Promise<Conversion> {
  const { createConversion } = await import('./dialects/convert.ts');
  return await createConversion({ operation, from, to, model, isStream, body: body.bytes });
}

async function readWhole({ body }: ProviderResponse): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces);
}

interface Relay {
  readonly dialect: ModelDialect;
  readonly response: ProviderResponse;
  /** Absent = the events pass as they are. */
  readonly conversion: StreamConversion | undefined;
  readonly emit: (bytes: Uint8Array) => ReturnType<CallContext['emit']>;
  readonly isWhole: boolean;
  /** Whether the client did not ask for the event with the usage, so that it must not see it. */
  readonly hidesUsage: boolean;
  readonly meter: AttemptMeter;
  readonly onContent: () => void;
}

/** Events are passed on whole, so that an error of ours can follow at any point. */
async function relay({ dialect, response, conversion, emit, isWhole, hidesUsage, meter, onContent }: Relay): Promise<ModelUsage> {
  const reader = readerOf(dialect).createReader();
  const splitter = createEventSplitter();
  let held: Uint8Array[] = [];
  let isFlowing = false;

  const readEvent = ({ raw, data }: WireEvent): void => {
    const { hasContent, isUsageOnly, failure } = reader.read(data);
    if (failure) throw failure;
    if (isUsageOnly === true && hidesUsage) return;
    held.push(conversion ? conversion.push(data) : raw);
    if (!hasContent) return;
    meter.content();
    onContent();
    isFlowing ||= !isWhole;
  };
  const flush = async (): Promise<void> => {
    const bytes = joinPieces(held);
    held = [];
    if (bytes.length > 0) await emit(bytes);
  };

  try {
    for await (const piece of response.body) {
      for (const event of splitter.push(piece)) readEvent(event);
      if (isFlowing) await flush();
    }
  } catch (failure) {
    // The answer is whole; only what follows it (usage, [DONE]) was lost with the connection.
    if (!reader.isComplete || !isLostConnection(failure)) throw failure;
  }
  // Some servers forget the empty line after the last event.
  const { rest } = splitter;
  if (rest.length > 0) for (const event of splitter.push(Buffer.from('\n\n'))) readEvent({ ...event, raw: rest });
  if (!reader.isComplete) throw new AppError('PROVIDER_INCOMPLETE');
  if (conversion) held.push(conversion.finish());
  await flush();
  return reader.usage;
}

function isLostConnection(failure: unknown): boolean {
  return AppError.is(failure) && (failure.code === 'PROVIDER_UNREACHABLE' || failure.code === 'PROVIDER_SILENT');
}

/** The beginning of an error's body: enough to know what it is. */
async function readFailure({ body }: ProviderResponse): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    pieces.push(piece);
    size += piece.byteLength;
    if (size > MAX_FAILURE_BYTES) break;
  }
  return Buffer.concat(pieces);
}
