/** @module models/relay: a provider's stream on its way to the client. */
import type { CallContext } from '../contracts/call.ts';
import type { ModelDialect, ModelUsage, ProviderResponse } from '../contracts/model.ts';
import { AppError } from '../core/errors.ts';
import type { StreamConversion } from './dialects/convert.ts';
import { readerOf } from './dialects/dialects.ts';
import type { AttemptMeter } from './metering.ts';
import { createEventSplitter, joinPieces, type WireEvent } from './wire/event-stream.ts';

/** One stream on its way to the client. */
export interface Relay {
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
  /** The last event of the dialect has come; called once. The connection should end now. */
  readonly onOver: () => void;
}

/**
 * Passes events on whole, so that an error of ours can follow at any point; before the first content, nothing.
 *
 * @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE, CONTENT_REFUSED, and as the connection
 */
export async function relay({ dialect, response, conversion, emit, isWhole, hidesUsage, meter, onContent, onOver }: Relay): Promise<ModelUsage> {
  const reader = readerOf(dialect).createReader();
  const splitter = createEventSplitter();
  let held: Uint8Array[] = [];
  let isFlowing = false;
  let isOver = false;

  const readEvent = ({ raw, data }: WireEvent): void => {
    // Compatible servers of other dialects close with the sentinel of chat completions too.
    if (dialect !== 'openai-chat' && reader.isComplete && data.trim() === '[DONE]') return;
    const { hasContent, isUsageOnly, failure } = reader.read(data);
    if (failure) throw failure;
    if (isUsageOnly === true && hidesUsage) return;
    held.push(conversion ? conversion.push(data) : raw);
    if (!hasContent) return;
    meter.content(raw.byteLength);
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
      if (!isOver && reader.isOver === true) {
        isOver = true;
        onOver();
      }
    }
  } catch (failure) {
    // The answer is whole; only what follows it (usage, [DONE]) was lost with the connection.
    if (!reader.isComplete || !isLostConnection(failure)) throw failure;
  } finally {
    meter.told(reader.usage);
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
