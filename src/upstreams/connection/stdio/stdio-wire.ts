/** @module upstreams/connection/stdio/stdio-wire: messages as lines of a program's input and output. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { AppError } from '../../../core/errors.ts';
import { giveBack } from '../../../core/give-back.ts';
import { LineSplitter } from '../../../core/lines.ts';
import type { Conversation } from '../conversation.ts';
import { gone } from '../failures.ts';
import type { Waiting, Wire } from '../wire.ts';
import { describeEnd, endChild } from './child.ts';

/** Lines and bytes that are no messages, in a row and within a time, before the server is given up: many print a banner or a log, none prints this much. */
const MAX_GARBAGE_LINES = 1000;
const MAX_GARBAGE_BYTES = 1_048_576;
const GARBAGE_MS = 10_000;
/** Bytes of a refused message that are skipped until it ends: V8 makes no string of more, so that nobody could read such a message. */
const MAX_SKIPPED_BYTES = 512 * 1_048_576;
/** Bytes that may wait for a server that does not read. */
const MAX_BACKLOG_BYTES = 64 * 1_048_576;
/** Milliseconds between the end of a server's output and its exit, where both come. */
const EXIT_MS = 200;
const OPENING_BRACE = 0x7b;
/** Whose answer a message is stands at one of its ends with nearly every server; there it cannot be a part of anything else. */
const ID_AT_HEAD = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*,/;
const ID_AT_END = /,\s*"id"\s*:\s*(\d{1,15})\s*\}\s*$/;
/** It says so at once: an answer with its id, or none at all. */
const KIND_AT_HEAD = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"(?:id"\s*:\s*\d{1,15}\s*,|method")/;

/** Connects a conversation with a running program. */
export class StdioWire implements Wire {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #conversation: Conversation;
  #garbageLines = 0;
  #garbageBytes = 0;
  #garbageSince = 0;
  #skippedBytes = 0;
  /** Whether the end of the message that is being skipped has to tell whose it is. */
  #isOwnerSought = false;
  #closing: Promise<void> | undefined;
  /** Resolves when no process of the group runs any more. */
  readonly ended: Promise<void>;
  #onEnded: (() => void) | undefined;

  constructor(child: ChildProcessWithoutNullStreams, conversation: Conversation, maxLineBytes: number) {
    this.#child = child;
    this.ended = new Promise((resolve) => {
      this.#onEnded = resolve;
    });
    this.#conversation = conversation;
    const lines = new LineSplitter(maxLineBytes, {
      onLine: (line) => this.#onLine(line),
      onTooLong: (head) => {
        const start = head.toString('latin1');
        this.#isOwnerSought = !KIND_AT_HEAD.test(start);
        const id = idIn(ID_AT_HEAD, start);
        if (id !== undefined) conversation.failTooLarge(maxLineBytes, id);
      },
      onSkipped: (tail) => {
        if (this.#isOwnerSought) conversation.failTooLarge(maxLineBytes, idIn(ID_AT_END, tail.toString('latin1')));
      },
    });
    child.stdout.on('data', (piece: Buffer) => {
      if (this.#closing) return;
      lines.push(piece);
      if (lines.isSkipping) this.#drop(piece);
      else this.#skippedBytes = 0;
    });
    // The code says more than the end of the output, and comes a moment later.
    child.stdout.once('close', () => setTimeout(() => this.#onEnd(), EXIT_MS).unref());
    child.once('exit', () => this.#onEnd());
    // Nothing can be asked any more; an exit that comes with it says more.
    child.stdin.once('error', () => setTimeout(() => this.#giveUp(gone('The server closed its input.')), EXIT_MS).unref());
  }

  send(_waiting: Waiting, text: string): void {
    this.tell(text);
  }

  tell(text: string): void {
    const { stdin } = this.#child;
    if (!stdin.writable) return;
    stdin.write(`${text}\n`);
    if (stdin.writableLength > MAX_BACKLOG_BYTES) this.#giveUp(new AppError('UPSTREAM_GONE', { message: 'The server does not read its input.' }));
  }

  abandon({ id, method }: Waiting, { message }: AppError): void {
    if (method === 'initialize') return;
    this.tell(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason: message } }));
  }

  close(): Promise<void> {
    const closing = this.#endChild();
    this.#conversation.end(gone('The connection was closed.', true));
    return closing;
  }

  #onLine(line: Buffer): void {
    const value = line[0] === OPENING_BRACE || line.includes(OPENING_BRACE) ? parse(line) : undefined;
    // Batches existed in one revision; answers may come in them.
    const isMessage = Array.isArray(value)
      ? value.filter((item) => this.#conversation.receive(item)).length > 0
      : value !== undefined && this.#conversation.receive(value);
    if (isMessage) this.#garbageLines = 0;
    else this.#onGarbage(line);
  }

  /** Also JSON that is no message: some write their log so. */
  #onGarbage(line: Buffer): void {
    const now = performance.now();
    if (this.#garbageLines === 0 || now - this.#garbageSince > GARBAGE_MS) {
      this.#garbageLines = 0;
      this.#garbageBytes = 0;
      this.#garbageSince = now;
    }
    this.#garbageLines += 1;
    this.#garbageBytes += line.length;
    if (this.#garbageLines > MAX_GARBAGE_LINES || this.#garbageBytes > MAX_GARBAGE_BYTES) {
      this.#giveUp(new AppError('UPSTREAM_INVALID', { message: 'The server floods its output with text that is no message of the protocol.' }));
    }
  }

  #drop(piece: Buffer): void {
    this.#skippedBytes += piece.length;
    giveBack(piece);
    if (this.#skippedBytes > MAX_SKIPPED_BYTES) {
      this.#giveUp(new AppError('UPSTREAM_INVALID', { message: 'The server floods its output with a message that does not end.' }));
    }
  }

  /** The output may end before the process and the other way round: whichever comes first ends the conversation. */
  #onEnd(): void {
    // What was written before the end is read first.
    if (this.#child.stdout.readableLength > 0 && !this.#child.stdout.destroyed) return void setImmediate(() => this.#onEnd());
    this.#giveUp(gone(describeEnd(this.#child)));
  }

  #giveUp(failure: AppError): void {
    void this.#endChild();
    this.#conversation.end(failure);
  }

  #endChild(): Promise<void> {
    this.#closing ??= endChild(this.#child).finally(() => this.#onEnded?.());
    return this.#closing;
  }
}

function idIn(place: RegExp, text: string): number | undefined {
  const digits = place.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function parse(line: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
