/** @module models/attempt: one attempt at one provider. */
import type { CallContext } from '../contracts/call.ts';
import type { Egress, EgressResponse } from '../contracts/egress.ts';
import { WireBody, type ModelCallInput, type ModelChunk, type ModelProvider, type ModelResult } from '../contracts/model.ts';
import type { ModelsConfig } from '../contracts/models-config.ts';
import { AppError } from '../core/errors.ts';
import { Scope } from '../core/scope.ts';
import { createEventSplitter, type WireEvent } from './wire/event-stream.ts';
import { replaceMember } from './wire/members.ts';

/** What an attempt needs besides its input. */
export interface AttemptPorts {
  readonly egress: Egress;
  readonly times: Pick<ModelsConfig, 'firstTokenMs' | 'idleMs' | 'answerMs'>;
  /** Bytes an answer may have. */
  readonly maxBytes: number;
}

/** What is tried. */
export interface AttemptTarget {
  readonly provider: ModelProvider;
  /** As the provider names it. */
  readonly model: string;
}

const MAX_FAILURE_BYTES = 65_536;

/**
 * Sends the client's body, with the model's name replaced, and passes the answer on as it comes. Of a
 * stream nothing is emitted before its first content; with `holdBack: complete`, nothing before its end.
 *
 * @throws AppError PROVIDER_*, CONTENT_REFUSED, EGRESS_REFUSED, RESPONSE_TOO_LARGE, INVALID_REQUEST
 */
export async function runAttempt({ provider, model }: AttemptTarget, input: ModelCallInput, context: CallContext, ports: AttemptPorts): Promise<ModelResult> {
  if (provider.missing !== undefined)
    throw new AppError('PROVIDER_NOT_CONFIGURED', { message: `The provider ${provider.name} is not configured.`, fix: provider.missing });
  const { firstTokenMs, answerMs, idleMs } = ports.times;
  const scope = new Scope({ parent: context.scope });
  // Pings keep a connection lively while nothing comes of it: this clock stops at content alone.
  const onSilence = (): void => scope.cancel(new AppError('PROVIDER_SILENT', { message: `No content within ${firstTokenMs} ms.` }));
  const silence = input.isStream ? setTimeout(onSilence, firstTokenMs) : undefined;
  try {
    const response = await ports.egress.send({
      method: 'POST',
      url: provider.url,
      headers: provider.headers({ ...input.headers, 'content-type': 'application/json' }),
      body: replaceMember(input.body.bytes, 'model', model),
      scope,
      firstByteMs: input.isStream ? firstTokenMs : answerMs,
      idleMs,
      maxBytes: ports.maxBytes,
    });
    if (response.status !== 200) throw provider.classify(response.status, response.headers, await readFailure(response));
    const servedBy = `${provider.name}/${model}`;
    if (!input.isStream) return await readPlain(provider, response, servedBy);
    const emit = (bytes: Uint8Array): ReturnType<CallContext['emit']> => context.emit({ type: 'chunk', value: { bytes, servedBy } satisfies ModelChunk });
    return await relay({ provider, response, servedBy, emit, isWhole: input.holdBack === 'complete', onContent: () => clearTimeout(silence) });
  } finally {
    clearTimeout(silence);
    scope.end();
  }
}

async function readPlain(provider: ModelProvider, { body }: EgressResponse, servedBy: string): Promise<ModelResult> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  return { servedBy, usage: provider.readAnswer(bytes), body: new WireBody(bytes) };
}

interface Relay {
  readonly provider: ModelProvider;
  readonly response: EgressResponse;
  readonly servedBy: string;
  readonly emit: (bytes: Uint8Array) => ReturnType<CallContext['emit']>;
  readonly isWhole: boolean;
  readonly onContent: () => void;
}

/** Events are passed on whole, so that an error of ours can follow at any point. */
async function relay({ provider, response, servedBy, emit, isWhole, onContent }: Relay): Promise<ModelResult> {
  const reader = provider.createReader();
  const splitter = createEventSplitter();
  let held: Buffer[] = [];
  let isFlowing = false;

  const readEvent = ({ raw, data }: WireEvent): void => {
    const { hasContent, failure } = reader.read(data);
    if (failure) throw failure;
    held.push(raw);
    if (!hasContent) return;
    onContent();
    isFlowing ||= !isWhole;
  };
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(held);
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
  await flush();
  return { servedBy, usage: reader.usage, body: null };
}

function isLostConnection(failure: unknown): boolean {
  return AppError.is(failure) && (failure.code === 'PROVIDER_UNREACHABLE' || failure.code === 'PROVIDER_SILENT');
}

/** The beginning of an error's body: enough to know what it is. */
async function readFailure({ body }: EgressResponse): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    pieces.push(piece);
    size += piece.byteLength;
    if (size > MAX_FAILURE_BYTES) break;
  }
  return Buffer.concat(pieces);
}
