/**
 * @module doors/tcp/tcp-door: MCP over framed TCP: each message is four bytes of length and UTF-8 JSON. A
 * client proves who it is with its first message, or with its certificate.
 */
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Admission } from '../../contracts/call.ts';
import type { Service } from '../../contracts/http.ts';
import type { ClientCertificate, Credential } from '../../contracts/principal.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { encodeFrame, FrameDecoder, MAX_FRAME_BYTES } from '../../core/frame-codec.ts';
import { isObject, type MaybePromise } from '../../core/json.ts';
import { plainAddress } from '../http/trusted-proxy.ts';
import { errorText } from '../mcp/errors.ts';
import { parseJson } from '../mcp/json-text.ts';
import { echoableId, type RequestId } from '../mcp/message.ts';
import type { StdioConnection, StdioStreams } from '../mcp/stdio-streams.ts';
import { createFramer, lineOf } from './framed-streams.ts';

/** How the door listens with TLS. */
export interface SecureTcp {
  createServer(onConnection: (socket: Socket) => void, onRefused: () => void): Server;
  certificateOf(socket: Socket): ClientCertificate | undefined;
  close(): void;
}

/** What the door is made of. */
export interface TcpDoorOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly secure?: SecureTcp | undefined;
  /** The first steps of the road, for the first message. @throws AppError AUTHENTICATION_*, RATE_LIMITED */
  readonly admit: (credential: Credential, source: string, profile: string | undefined) => MaybePromise<Admission>;
  readonly serve: (streams: StdioStreams) => StdioConnection;
  readonly logger: Logger;
  /** Milliseconds until a client has said who it is. Default 5 000. */
  readonly helloMs?: number | undefined;
  /** Milliseconds for a message to arrive, from its first byte. Default 30 000. */
  readonly receiveMs?: number | undefined;
  /** Default 1 024. */
  readonly maxConnections?: number | undefined;
}

/** The door. */
export interface TcpDoor extends Service {
  readonly address: { readonly host: string; readonly port: number } | undefined;
  /** @throws AppError PORT_TAKEN, ADDRESS_UNAVAILABLE */
  start(): Promise<void>;
  /** Ends every connection. */
  stop(): Promise<void>;
}

/** Before anybody knows who it is, a message is small. */
const MAX_HELLO_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 30_000;
const AUTHENTICATE = 'authenticate';

/** Nothing is served before the client is known; what is not understood ends the connection with one error. */
export function createTcpDoor(options: TcpDoorOptions): TcpDoor {
  const { secure, maxConnections = 1024 } = options;
  const sockets = new Set<Socket>();
  const welcome = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    new Visit(socket, options);
  };
  const server = secure
    ? secure.createServer(welcome, () => options.logger.warn('handshake refused', { door: 'tcp' }))
    : createTcpServer({ allowHalfOpen: true }, welcome);
  server.maxConnections = maxConnections;
  let address: TcpDoor['address'];
  return {
    name: 'tcp',
    get address() {
      return address;
    },
    async start() {
      const { host, port } = options;
      await new Promise<void>((resolve, reject) => {
        const onError = ({ code }: NodeJS.ErrnoException): void =>
          reject(
            code === 'EADDRINUSE'
              ? new AppError('PORT_TAKEN', { message: `Port ${port} on ${host} is taken by another program.`, fix: 'Stop it, or set server.tcp.port.' })
              : new AppError('ADDRESS_UNAVAILABLE', { message: `Cannot listen on ${host}, port ${port} (${code ?? 'unknown'}).` }),
          );
        server.once('error', onError);
        server.listen({ host, port }, () => {
          server.off('error', onError);
          resolve();
        });
      });
      server.on('error', (error) => options.logger.error('tcp listener failed', { error }));
      address = { host, port: (server.address() as AddressInfo).port };
    },
    async stop() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      secure?.close();
      address = undefined;
    },
  };
}

/** One connection, from its first byte. */
class Visit {
  readonly #socket: Socket;
  readonly #options: TcpDoorOptions;
  readonly #decoder: FrameDecoder;
  readonly #source: string;
  #input: PassThrough | undefined;
  #isAsking = false;
  #waiting: Buffer[] = [];
  #late: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: TcpDoorOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#source = plainAddress(socket.remoteAddress);
    this.#decoder = new FrameDecoder({ onFrame: (frame) => this.#onFrame(frame), onBroken: (length) => this.#onBroken(length) }, MAX_HELLO_BYTES);
    this.#late = setTimeout(() => this.#refuse(new AppError('REQUEST_TIMEOUT')), options.helloMs ?? 5000);
    socket.on('data', (piece: Buffer) => this.#onData(piece));
    socket.once('end', () => this.#onEnd());
    socket.once('close', () => {
      clearTimeout(this.#late);
      this.#input?.destroy();
    });
  }

  #onData(piece: Buffer): void {
    this.#decoder.push(piece);
    if (!this.#input) return;
    if (!this.#decoder.isInside) {
      clearTimeout(this.#late);
      this.#late = undefined;
    } else {
      this.#late ??= setTimeout(() => this.#refuse(new AppError('REQUEST_TIMEOUT')), this.#options.receiveMs ?? 30_000);
    }
  }

  #onEnd(): void {
    // Half a message is none; a client that has sent all it wants still gets its answers.
    if (!this.#input) this.#socket.destroy();
    else this.#input.end();
  }

  #onFrame(frame: Buffer): void {
    if (this.#input) {
      if (!this.#input.write(lineOf(frame))) this.#hold();
    } else if (this.#isAsking) this.#waiting.push(frame);
    else void this.#introduce(frame).catch((failure: unknown) => this.#refuse(toAppError(failure)));
  }

  #hold(): void {
    this.#socket.pause();
    this.#input?.once('drain', () => this.#socket.resume());
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
    this.#begin(credential, profile);
    if (hello === undefined) this.#waiting.unshift(frame);
    else this.#socket.write(encodeFrame(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: {} }))));
    for (const waiting of this.#waiting.splice(0)) this.#onFrame(waiting);
    if (this.#socket.readableEnded) this.#onEnd();
    this.#socket.resume();
  }

  #begin(credential: Credential, profile: string | undefined): void {
    clearTimeout(this.#late);
    this.#late = undefined;
    this.#decoder.maxBytes = MAX_FRAME_BYTES;
    const [input, output] = [new PassThrough(), createFramer()];
    this.#input = input;
    output.pipe(this.#socket, { end: false });
    const { closed } = this.#options.serve({ input, output, credential, source: this.#source, profile, door: 'mcp-tcp', maxLineBytes: MAX_FRAME_BYTES });
    void closed.then(() => {
      output.once('end', () => this.#socket.end()).end();
      // A peer that is gone without a word never ends its half.
      setTimeout(() => this.#socket.destroy(), 2000).unref();
    });
  }

  /** One error, and the end. */
  #refuse(error: AppError, id: RequestId | null = null): void {
    clearTimeout(this.#late);
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
