/** HTTP/1.1 by hand over a real socket: for requests no client library would send. */
import { connect } from 'node:net';

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; the last of several wins. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends the text as it is and resolves with everything that came back when the peer closes, or after
 * `quietMs` without a byte once something has come.
 */
export function sendRaw(port: number, text: string | Buffer, { host = '127.0.0.1', quietMs = 150, limitMs = 10_000 } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    let received = '';
    let quiet: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(quiet);
      clearTimeout(limit);
      socket.destroy();
      resolve(received);
    };
    const limit = setTimeout(finish, limitMs);
    socket.on('connect', () => socket.write(text));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      clearTimeout(quiet);
      quiet = setTimeout(finish, quietMs);
    });
    socket.on('close', finish);
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? reject(error) : finish()));
  });
}

/** The first answer of what sendRaw received. Status 0 when there is none. */
export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end < 0 ? undefined : end).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0), headers, body: end < 0 ? '' : text.slice(end + 4) };
}

/** Request text from its parts. No Host header unless given. */
export function requestText(target: string, { method = 'GET', headers = [] as readonly (readonly [string, string])[], body = '' } = {}): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/1.1\r\n${lines}\r\n${body}`;
}

/** Sends one request that asks to close, and parses its answer. */
export async function ask(
  port: number,
  target: string,
  headers: readonly (readonly [string, string])[],
  options: { readonly method?: string; readonly host?: string; readonly body?: string } = {},
): Promise<RawAnswer> {
  const { host, ...parts } = options;
  const text = requestText(target, { ...parts, headers: [...headers, ['Connection', 'close']] });
  return parseAnswer(await sendRaw(port, text, host === undefined ? {} : { host }));
}
