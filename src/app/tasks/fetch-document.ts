/** @module app/tasks/fetch-document: gets a document that describes a server, through the guarded dialer. */
import { createEgress } from '../../egress/dialer.ts';
import { toUpstreamError } from '../../upstreams/connection/http/http-failures.ts';
import { AppError } from '../../core/errors.ts';
import { readWhole } from '../../core/read-bytes.ts';
import { Scope } from '../../core/scope.ts';

const TIMEOUT_MS = 15_000;

/**
 * The text at the URL. Redirects are not followed.
 *
 * @throws AppError SOURCE_INVALID for another answer than 200, EGRESS_REFUSED, UPSTREAM_UNREACHABLE, UPSTREAM_SILENT, RESPONSE_TOO_LARGE
 */
export async function fetchDocument(url: string, maxBytes: number): Promise<string> {
  const egress = createEgress([url]);
  try {
    using scope = new Scope();
    const response = await egress.send({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      scope,
      firstByteMs: TIMEOUT_MS,
      idleMs: TIMEOUT_MS,
      maxBytes,
    });
    const bytes = await readWhole(response.body);
    if (response.status !== 200)
      throw new AppError('SOURCE_INVALID', {
        message: `The document's server answers with status ${response.status}.`,
        fix: 'Open the URL in a browser; download the document and add the file.',
      });
    return bytes.toString('utf8');
  } catch (thrown) {
    const failure = toUpstreamError(thrown);
    if (failure.code !== 'UPSTREAM_UNREACHABLE' && failure.code !== 'UPSTREAM_SILENT') throw failure;
    const fix = 'Check the address and the network; or download the document, and add the file.';
    throw new AppError(failure.code, { message: `${URL.parse(url)?.host ?? url}: ${failure.message}`, fix, cause: failure });
  } finally {
    egress.close();
  }
}
