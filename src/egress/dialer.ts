/** @module egress/dialer: the only way out of the process: to origins of the configuration, within limits. */
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Egress, EgressRequest, EgressResponse } from '../contracts/egress.ts';
import { AppError } from '../core/errors.ts';
import { readWithin } from './read-within.ts';

/** Connections to one origin at a time; further requests wait for one. */
const MAX_SOCKETS = 256;
/** Idle connections are given up before common servers do it. */
const KEEP_ALIVE_MS = 4000;

/** A dialer for these base URLs; everything else is refused. */
export function createEgress(baseUrls: readonly string[]): Egress {
  const origins = new Set(baseUrls.map((url) => new URL(url).origin));
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: KEEP_ALIVE_MS, scheduling: 'lifo' } as const;
  const agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) };

  const dial = (url: URL, { method, headers, body }: EgressRequest): ClientRequest => {
    const sent = { ...headers, 'accept-encoding': 'identity', ...(body ? { 'content-length': body.byteLength } : {}) };
    return url.protocol === 'https:'
      ? httpsRequest(url, { method, headers: sent, agent: agents['https:'] })
      : httpRequest(url, { method, headers: sent, agent: agents['http:'] });
  };

  return {
    async send(request) {
      const url = URL.parse(request.url);
      if (!url || !origins.has(url.origin)) throw new AppError('EGRESS_REFUSED');
      request.scope.throwIfCancelled();
      const outgoing = dial(url, request);
      const response = await headOf(outgoing, request);
      const { statusCode: status = 0 } = response;
      if (status >= 300 && status < 400) {
        response.destroy();
        throw new AppError('EGRESS_REFUSED', { message: 'The server redirects; redirects are not followed.' });
      }
      const { 'content-encoding': coding = 'identity' } = response.headers;
      if (coding !== 'identity') {
        response.destroy();
        throw new AppError('PROVIDER_FAILED', { message: 'The server compresses its answer although it was asked not to.' });
      }
      return toResponse(response, request);
    },
    close() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

/** Sends the request and waits for the head of the answer. */
function headOf(outgoing: ClientRequest, { body, scope, firstByteMs }: EgressRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const silence = new AppError('PROVIDER_SILENT', { message: `No answer within ${firstByteMs} ms.` });
    const timer = setTimeout(() => outgoing.destroy(silence), firstByteMs);
    // Stays until the connection is released: a client that leaves ends the request at whatever point it is.
    let received: IncomingMessage | undefined;
    const release = scope.onCancel((reason) => (received ?? outgoing).destroy(reason));
    outgoing.once('response', (response) => {
      received = response;
      clearTimeout(timer);
      resolve(response);
    });
    outgoing.once('close', () => {
      clearTimeout(timer);
      release();
      reject(new AppError('PROVIDER_UNREACHABLE'));
    });
    // Not once: a destroyed request may report more than one failure.
    outgoing.on('error', (cause) => reject(toFailure(cause)));
    outgoing.end(body);
  });
}

function toResponse(response: IncomingMessage, { idleMs, maxBytes, scope }: EgressRequest): EgressResponse {
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));
  return { status: response.statusCode ?? 0, headers, body: readWithin(response, { idleMs, maxBytes, scope, toFailure }) };
}

/** Network failures carry system codes; what names hosts and ports stays in the cause. */
function toFailure(cause: unknown): AppError {
  return AppError.is(cause) ? cause : new AppError('PROVIDER_UNREACHABLE', { cause });
}
