/** @module doors/tcp/tcp-visit: one connection of the framed TCP door: who it is, then message by message. */
import type { Socket } from 'node:net';
import { PassThrough, type Transform } from 'node:stream';
import type { Admission } from '../../contracts/call.ts';
import type { ClientCertificate, Credential } from '../../contracts/principal.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { encodeFrame, FrameDecoder, MAX_FRAME_BYTES } from '../../core/frame-codec.ts';
import { isObject, type MaybePromise } from '../../core/json.ts';
import { plainAddress } from '../http/trusted-proxy.ts';
import { errorText } from '../mcp/errors.ts';
import { parseJson } from '../mcp/json-text.ts';
import { echoableId, type RequestId } from '../mcp/message.ts';
import type { StdioConnection, StdioStreams } from '../mcp/stdio-streams.ts';
import { createFramer, lineOf } from './framed-streams.ts';

/** What a connection needs of its door. */
export interface VisitOptions {
  /** Absent = in the clear. */
  readonly secure?: { certificateOf(socket: Socket): ClientCertificate | undefined } | undefined;
  /** The first steps of the road, for the first message. @throws AppError AUTHENTICATION_*, RATE_LIMITED */
  readonly admit: (credential: Credential, source: string, profile: string | undefined) => MaybePromise<Admission>;
  readonly serve: (streams: StdioStreams) => StdioConnection;
  /** Milliseconds until a client has said who it is. Default 5 000. */
  readonly helloMs?: number | undefined;
  /** Milliseconds for a message to arrive, from its first byte. Default 30 000. */
  readonly receiveMs?: number | undefined;
}

/** Before anybody knows who it is, a message is small. */
const MAX_HELLO_BYTES = 64 * 1024;
const AUTHENTICATE = 'authenticate';

/** One connection, from its first byte. */
export class Visit {
  readonly #socket: Socket;
  readonly #options: VisitOptions;
  readonly #decoder: FrameDecoder;
  readonly #source: string;
  #input: PassThrough | undefined;
  #output: Transform | undefined;
  #isAsking = false;
  /** Refused, or gone: nothing of it is served any more. */
  #isOver = false;
  /** What came is not taken in yet: the time that passes is ours. */
  #isHeld = false;
  #frames = 0;
  #waiting: Buffer[] = [];
  #late: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: VisitOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#source = plainAddress(socket.remoteAddress);
    this.#decoder = new FrameDecoder({ onFrame: (frame) => this.#onFrame(frame), onBroken: (length) => this.#onBroken(length) }, MAX_HELLO_BYTES);
    this.#late = setTimeout(() => this.#refuse(new AppError('REQUEST_TIMEOUT')), options.helloMs ?? 5000);
    socket.on('data', (piece: Buffer) => this.#onData(piece));
    socket.once('end', () => this.#onEnd());
    socket.once('close', () => {
      this.#isOver = true;
      clearTimeout(this.#late);
      this.#input?.destroy();
    });
  }

  #onData(piece: Buffer): void {
    const before = this.#frames;
    this.#decoder.push(piece);
    if (!this.#input || this.#isHeld) return;
    if (!this.#decoder.isInside) this.#stopClock();
    else if (this.#late && this.#frames === before) return;
    else this.#startClock();
  }

  /** For the message that has begun: the time of those before it is not its own. */
  #startClock(): void {
    this.#stopClock();
    if (!this.#isOver) this.#late = setTimeout(() => this.#refuse(new AppError('REQUEST_TIMEOUT')), this.#options.receiveMs ?? 30_000);
  }

  #stopClock(): void {
    clearTimeout(this.#late);
    this.#late = undefined;
  }

  #onEnd(): void {
    // Half a message is none; a client that has sent all it wants still gets its answers.
    if (!this.#input) this.#socket.destroy();
    else this.#input.end();
  }

  #onFrame(frame: Buffer): void {
    this.#frames += 1;
    if (this.#input) {
      if (!this.#input.write(lineOf(frame))) this.#hold();
    } else if (this.#isAsking) this.#waiting.push(frame);
    else void this.#introduce(frame).catch((failure: unknown) => this.#refuse(toAppError(failure)));
  }

  #hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#stopClock();
    this.#socket.pause();
    this.#input?.once('drain', () => {
      this.#isHeld = false;
      if (this.#decoder.isInside) this.#startClock();
      this.#socket.resume();
    });
  }

  #onBroken(length: number): void {
    const isLarge = length > 0;
    const limit = this.#input ? MAX_FRAME_BYTES : MAX_HELLO_BYTES;
    this.#refuse(
      isLarge
        ? new AppError('BODY_TOO_LARGE', {
            message: `A message has at most ${limit} bytes here.`,
            fix: 'Send four bytes of length, highest first, then UTF-8 JSON.',
          })
        : new AppError('INVALID_REQUEST', { message: 'A message of no length.' }),
    );
  }

  /** The first message: who is it? @throws AppError AUTHENTICATION_*, PARSE_ERROR, RATE_LIMITED */
  async #introduce(frame: Buffer): Promise<void> {
    this.#isAsking = true;
    this.#socket.pause();
    const certificate = this.#options.secure?.certificateOf(this.#socket);
    const message = parseJson(frame);
    const id = echoableId(message);
    const hello = isObject(message) && message['method'] === AUTHENTICATE ? message['params'] : undefined;
    const credential = credentialOf(hello, certificate);
    const profile = isObject(hello) && typeof hello['profile'] === 'string' ? hello['profile'] : undefined;
    try {
      await this.#options.admit(credential, this.#source, profile);
    } catch (failure) {
      this.#refuse(toAppError(failure), id);
      return;
    }
    // Whoever left, or was late, while it was asked who it is has nobody to be served for.
    if (this.#isOver) return;
    this.#begin(credential, profile);
    if (hello === undefined) this.#waiting.unshift(frame);
    else this.#socket.write(encodeFrame(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: {} }))));
    for (const waiting of this.#waiting.splice(0)) this.#onFrame(waiting);
    if (this.#socket.readableEnded) this.#onEnd();
    // The next message may have begun together with the first.
    if (this.#decoder.isInside && !this.#isHeld) this.#startClock();
    this.#socket.resume();
  }

  #begin(credential: Credential, profile: string | undefined): void {
    this.#stopClock();
    this.#decoder.maxBytes = MAX_FRAME_BYTES;
    const [input, output] = [new PassThrough(), createFramer()];
    this.#input = input;
    output.pipe(this.#socket, { end: false });
    const { closed } = this.#options.serve({ input, output, credential, source: this.#source, profile, door: 'mcp-tcp', maxLineBytes: MAX_FRAME_BYTES });
    this.#output = output;
    void closed.then(() => {
      this.leave();
      // A peer that is gone without a word never ends its half.
      setTimeout(() => this.#socket.destroy(), 2000).unref();
    });
  }

  /** Ends the connection behind what was said to the client so far; at once where nobody is served. */
  leave(): void {
    if (!this.#output) this.#socket.destroy();
    else if (!this.#output.writableEnded) this.#output.once('end', () => this.#socket.end()).end();
  }

  /** One error, and the end. */
  #refuse(error: AppError, id: RequestId | null = null): void {
    this.#isOver = true;
    this.#stopClock();
    const text = errorText(error, { id, correlationId: '-', isModern: true });
    if (this.#socket.writable) this.#socket.end(encodeFrame(Buffer.from(text)), () => this.#socket.destroySoon());
    setTimeout(() => this.#socket.destroy(), 500).unref();
    this.#input?.destroy();
  }
}

/** The token of the first message; without one the certificate, or nothing. */
function credentialOf(hello: unknown, certificate: ClientCertificate | undefined): Credential {
  const authorization = isObject(hello) ? hello['authorization'] : undefined;
  if (authorization === undefined) return certificate ? { kind: 'certificate', certificate } : { kind: 'none' };
  const token = typeof authorization === 'string' ? (/^bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1] ?? '') : '';
  return { kind: 'bearer', token, ...(certificate ? { certificate } : {}) };
}
