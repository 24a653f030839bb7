/** A provider that answers what the test has put into it, and keeps what it was asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedProvider {
  readonly url: string;
  /** Path and body of each request, as text. */
  readonly requests: { readonly path: string; readonly body: string }[];
  /** The text of the next answers, whatever is asked. */
  script: {
    readonly type: 'json' | 'stream';
    readonly text: string;
    /** What begins with this is sent a moment later. */
    readonly later?: string;
  };
  stop(): Promise<void>;
}

/** Server-sent events as Anthropic writes them. */
export const anthropicEvents = (...events: readonly { readonly type: string }[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');

/** Server-sent events as OpenAI writes them. */
export const openAiEvents = (...events: readonly object[]): string => `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`;

/** Listens on a free port of loopback. */
export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const requests: { path: string; body: string }[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => void pieces.push(piece));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', body: Buffer.concat(pieces).toString('utf8') });
      const { type, text, later = '' } = provider.script;
      response.writeHead(200, { 'content-type': type === 'stream' ? 'text/event-stream' : 'application/json' });
      // In odd pieces: nothing may depend on where they are cut.
      const bytes = Buffer.from(text);
      const write = (from: number, to: number): void => {
        for (let at = from; at < to; at += 37) response.write(bytes.subarray(at, Math.min(to, at + 37)));
        if (to === bytes.length) response.end();
      };
      const cut = later === '' ? bytes.length : bytes.indexOf(later);
      write(0, cut);
      if (cut < bytes.length) setTimeout(() => write(cut, bytes.length), 60);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const provider: ScriptedProvider = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script: { type: 'json', text: '{}' },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}
