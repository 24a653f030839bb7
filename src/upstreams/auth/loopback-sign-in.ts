/** @module upstreams/auth/loopback-sign-in: hears the answer to a sign-in on an address of this machine. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Interaction, SignIn } from '../../contracts/upstream-auth.ts';
import { AppError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';

const PATH = '/callback';
const MAX_URL_LENGTH = 16_384;
const PAGE = (title: string, text: string): string =>
  `<!doctype html><meta charset="utf-8"><title>Switchyard</title><body style="font:16px system-ui;margin:4em auto;max-width:34em"><h1>${title}</h1><p>${text}</p>`;

/**
 * Listens on 127.0.0.1 for as long as one sign-in takes; the port of an earlier one where it is free, because servers
 * may know the redirect URI by heart. One answer is taken; what is none of it gets a 404.
 *
 * @param show brings the URL to the person: opens a browser, prints it
 * @see RFC 8252 section 7.3
 */
export function createLoopbackInteraction(show: (url: string) => void): Interaction {
  return {
    async begin(preferredUri) {
      const waiting: { hear?: (answer: URLSearchParams) => void } = {};
      const server = createServer({ maxHeaderSize: MAX_URL_LENGTH, requestTimeout: 10_000 }, (request, response) => answer(request, response, waiting));
      const port = await listen(server, portOf(preferredUri));
      return {
        redirectUri: `http://127.0.0.1:${port}${PATH}`,
        ask: (url, scope) => askPerson(url, scope, waiting, show),
        close() {
          server.closeAllConnections();
          server.close();
        },
      } satisfies SignIn;
    },
  };
}

async function askPerson(
  url: string,
  scope: Scope,
  waiting: { hear?: (answer: URLSearchParams) => void },
  show: (url: string) => void,
): Promise<URLSearchParams> {
  const heard = new Promise<URLSearchParams>((resolve) => {
    waiting.hear = resolve;
  });
  show(url);
  return await scope.race(heard);
}

function answer({ method, url = '' }: IncomingMessage, response: ServerResponse, waiting: { hear?: (answer: URLSearchParams) => void }): void {
  const { pathname, searchParams } = URL.parse(url, 'http://127.0.0.1') ?? new URL('http://127.0.0.1/');
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    connection: 'close',
  };
  const { hear } = waiting;
  if (method !== 'GET' || pathname !== PATH || !hear || (!searchParams.has('code') && !searchParams.has('error'))) {
    response.writeHead(404, headers).end(PAGE('Nothing here', 'This address waits for the answer to a sign-in.'));
    return;
  }
  delete waiting.hear;
  const isFine = searchParams.has('code');
  response
    .writeHead(200, headers)
    .end(
      isFine
        ? PAGE('Back to Switchyard', 'The answer has arrived. This page may be closed; the terminal says whether it was accepted.')
        : PAGE('Not signed in', 'The server refused. The terminal says why.'),
    );
  hear(searchParams);
}

async function listen(server: Server, preferred: number): Promise<number> {
  const attempt = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await attempt(preferred).catch(async () => await attempt(0));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new AppError('ADDRESS_UNAVAILABLE');
  return address.port;
}

function portOf(uri: string | undefined): number {
  return Number(URL.parse(uri ?? '')?.port ?? 0);
}
