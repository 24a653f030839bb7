/** @module app/tasks/pinned-post: a request to a gateway of this machine whose certificate is known by its file. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

/** What is sent. */
interface PinnedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal?: AbortSignal | undefined;
  /** PEM file of the certificate that the gateway must show. */
  readonly certFile: string;
}

/** The answer; rejects as the connection fails, and when another certificate is shown: before anything is sent. */
export async function postPinned({ url, headers, body, signal, certFile }: PinnedRequest): Promise<{ readonly status: number; readonly text: string }> {
  const cert = readFileSync(certFile);
  const { fingerprint256 } = new X509Certificate(cert);
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: 'POST',
        agent: false,
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
        ca: cert,
        allowPartialTrustChain: true,
        // Whose name it bears does not matter: it is this very certificate, or none.
        checkServerIdentity: (_host, shown) => (shown.fingerprint256 === fingerprint256 ? undefined : new Error('another certificate')),
        ...(signal ? { signal } : {}),
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') }));
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
