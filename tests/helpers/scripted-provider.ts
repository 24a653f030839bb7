/** A provider that answers what the test has put into it, and keeps what it was asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedProvider {
  readonly url: string;
  /** Path and body of each request, as text. */
  readonly requests: { readonly path: string; readonly body: string }[];
  /** The text of the next answers, whatever is asked. */
  script: { readonly type: 'json' | 'stream'; readonly text: string };
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
      const { type, text } = provider.script;
      response.writeHead(200, { 'content-type': type === 'stream' ? 'text/event-stream' : 'application/json' });
      // In odd pieces: nothing may depend on where they are cut.
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 37) response.write(bytes.subarray(at, at + 37));
      response.end();
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
