/**
 * @module app/attach: several processes, one home. A running `serve` listens on a 0600 socket; a
 * `stdio` process of the same home relays its client to it, so that there is one set of limits, one
 * catalogue and one audit writer.
 */
import { chmodSync, existsSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { isProfileName } from '../contracts/profiles.ts';
import { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import type { McpDoor } from '../doors/mcp/door.ts';

/** What a relay says of itself, in the first line. */
export interface AttachHello {
  /** Absolute path of the client's project folder. */
  readonly workspace: string;
  /** Virtual server the client speaks to; absent = the whole catalogue. */
  readonly profile?: string | undefined;
}

const HELLO_MAX_BYTES = 8192;
/** Milliseconds that an attached client has to leave when the gateway stops. */
const LEAVE_MS = 250;
const HELLO_TIMEOUT_MS = 5000;
/** Others hold the claim for some milliseconds. */
const CLAIM_TIMEOUT_MS = 10_000;

/** The listening end, in `serve`. */
export interface AttachServer {
  start(): Promise<void>;
  /** Closes the socket and every attached connection. */
  stop(): Promise<void>;
}

/**
 * @param serve called with each attached client's stream after its hello; anybody who can open the
 *   socket is the user that runs the gateway (mode 0600 in a 0700 folder)
 * @throws AppError HOME_BUSY from start() when another gateway serves this home
 */
export function createAttachServer(path: string, serve: (stream: Duplex, hello: AttachHello) => void): AttachServer {
  const connections = new Set<Socket>();
  let server: import('node:net').Server | undefined;

  return {
    async start() {
      const net = await import('node:net');
      // Half open: a client that has sent all it wants still gets its answers.
      server = net.createServer({ allowHalfOpen: true }, (socket) => {
        connections.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => connections.delete(socket));
        readHello(socket)
          .then((hello) => {
            serve(socket, hello);
            // Paused since the hello was cut off; a listener alone does not undo that.
            socket.resume();
          })
          .catch(() => socket.destroy());
      });
      const listening = server;
      const claim = async (): Promise<void> => {
        await clearStaleSocket(net, path);
        await new Promise<void>((resolve, reject) => {
          listening.once('error', (cause) => reject(new AppError('HOME_BUSY', { cause })));
          listening.listen(path, resolve);
        });
      };
      // A named pipe has one owner and ends with it. Of two that find a socket nobody answers, the slower one
      // would remove the socket that the faster one has made in its place.
      if (process.platform === 'win32') return await claim();
      const { withProcessLock } = await import('../storage/sqlite/process-lock.ts');
      await withProcessLock(`${path}.lock`, CLAIM_TIMEOUT_MS, claim);
      chmodSync(path, 0o600);
    },
    async stop() {
      if (!server) return;
      const closed = new Promise<void>((resolve) => server?.close(() => resolve()));
      // A client that writes into a closed socket loses what it has not read yet: it is heard out, and leaves by itself.
      for (const socket of connections) socket.resume().end();
      const late = setTimeout(() => {
        for (const socket of connections) socket.destroy();
      }, LEAVE_MS);
      await closed;
      clearTimeout(late);
    },
  };
}

/** Serves the clients that attach, until it is stopped. @throws AppError HOME_BUSY */
export async function openAttach(path: string, mcp: Pick<McpDoor, 'serveStdio'>): Promise<AttachServer> {
  const server = createAttachServer(path, (stream, { workspace, profile }) => {
    void mcp.serveStdio({ input: stream, output: stream, workspaceRoot: workspace, profile }).closed.then(() => stream.end());
  });
  await server.start();
  return server;
}

/**
 * Relays the client's streams to the gateway at the socket, until one of them or the signal ends it.
 *
 * @returns undefined at once when nobody listens there; else a promise of why the relay ended
 */
export async function attach(
  path: string,
  hello: AttachHello,
  input: Readable,
  output: Writable,
  leaving: AbortSignal,
): Promise<'client left' | 'gateway left' | undefined> {
  if (!existsSync(path)) return undefined;
  const net = await import('node:net');
  const socket = await connect(net, path);
  if (!socket) return undefined;
  socket.on('error', () => undefined);
  socket.write(`${JSON.stringify(hello)}\n`);
  let hasClientLeft = leaving.aborted;
  const leave = (): void => {
    hasClientLeft = true;
    socket.destroy();
  };
  if (leaving.aborted) socket.destroy();
  leaving.addEventListener('abort', leave, { once: true });
  // Nobody reads the answers: what runs for this client is of no use any more.
  output.once('close', leave);
  input.once('end', () => {
    hasClientLeft = true;
  });
  input.pipe(socket);
  socket.pipe(output, { end: false });
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  return hasClientLeft ? 'client left' : 'gateway left';
}

/** Whether a gateway listens on the socket of this home. */
export async function isAttachable(path: string): Promise<boolean> {
  const alive = await connect(await import('node:net'), path);
  alive?.destroy();
  return alive !== undefined;
}

async function clearStaleSocket(net: typeof import('node:net'), path: string): Promise<void> {
  if (!existsSync(path)) return;
  const alive = await connect(net, path);
  if (alive) {
    alive.destroy();
    throw new AppError('HOME_BUSY');
  }
  rmSync(path, { force: true });
}

function connect(net: typeof import('node:net'), path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

/** Reads exactly the first line and puts the rest back. */
function readHello(socket: Socket): Promise<AttachHello> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const timer = setTimeout(() => reject(new AppError('REQUEST_TIMEOUT')), HELLO_TIMEOUT_MS);
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf(10);
      if (end < 0 && received.length < HELLO_MAX_BYTES) return;
      clearTimeout(timer);
      socket.off('data', onData);
      socket.pause();
      if (end < 0) {
        reject(new AppError('INVALID_REQUEST'));
        return;
      }
      socket.unshift(received.subarray(end + 1));
      try {
        resolve(parseHello(received.subarray(0, end).toString('utf8')));
      } catch (error) {
        reject(error as Error);
      }
    };
    socket.on('data', onData);
    socket.once('close', () => {
      clearTimeout(timer);
      reject(new AppError('CANCELLED'));
    });
  });
}

/** @throws AppError INVALID_REQUEST */
function parseHello(line: string): AttachHello {
  const value: unknown = JSON.parse(line);
  const { workspace, profile } = isObject(value) ? value : {};
  if (typeof workspace !== 'string' || (profile !== undefined && !(typeof profile === 'string' && isProfileName(profile))))
    throw new AppError('INVALID_REQUEST');
  return { workspace, profile };
}
