/** @module doors/tls/client-certificate: who a client's certificate names. */
import { createHash, type X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '../../contracts/principal.ts';

const MAX_NAMES = 50;
const MAX_NAME = 512;
/** One alternative name as Node prints it. What holds commas, quotes or control characters comes quoted, and is left out. */
const ALTERNATIVE_NAME = /(?:^|, )(DNS|URI|email):([^,"]+)(?=, |$)/g;
const PREFIX: Readonly<Record<string, string>> = { DNS: 'dns:', URI: 'uri:', email: 'email:' };

/** The certificate of the connection; undefined when the client sent none. Made once for each connection. */
export function createCertificateReader(): (socket: TLSSocket) => ClientCertificate | undefined {
  const known = new WeakMap<TLSSocket, ClientCertificate>();
  return (socket) => {
    const before = known.get(socket);
    if (before) return before;
    const x509 = socket.getPeerX509Certificate();
    if (!x509) return undefined;
    const certificate = toClientCertificate(x509, socket.authorized);
    known.set(socket, certificate);
    return certificate;
  };
}

/** What there is to know about it. @param isTrusted as the handshake has found */
export function toClientCertificate(x509: X509Certificate, isTrusted: boolean): ClientCertificate {
  return Object.freeze({
    thumbprint: createHash('sha256').update(x509.raw).digest('base64url'),
    isTrusted,
    names: Object.freeze(namesOf(x509)),
    expiresAt: x509.validToDate.getTime(),
  });
}

/** Alternative names before the common name; SPIFFE ids stand for themselves. @see RFC 5280 section 4.2.1.6, SPIFFE X.509-SVID section 2 */
function namesOf(x509: X509Certificate): string[] {
  const alternatives = [...(x509.subjectAltName ?? '').matchAll(ALTERNATIVE_NAME)].map(([, kind = '', value = '']) =>
    kind === 'URI' && value.startsWith('spiffe://') ? value : `${PREFIX[kind]}${kind === 'DNS' ? value.toLowerCase() : value}`,
  );
  // An SVID has exactly one; of several nobody can say which is meant.
  const isAmbiguous = alternatives.filter((name) => name.startsWith('spiffe://')).length > 1;
  const clear = isAmbiguous ? alternatives.filter((name) => !name.startsWith('spiffe://')) : alternatives;
  const subject: unknown = x509.toLegacyObject().subject;
  const common: unknown = typeof subject === 'object' && subject !== null && 'CN' in subject ? subject.CN : undefined;
  return [...clear, ...(typeof common === 'string' ? [`cn:${common}`] : [])].filter((name) => name.length <= MAX_NAME).slice(0, MAX_NAMES);
}
