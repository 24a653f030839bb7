/** @module config/identity-checks: rules between the keys of `identity` and `server.tls`. */
import type { Config } from '../contracts/config.ts';
import { joinPointer } from './pointer.ts';

/** A rule that is broken. */
interface Broken {
  readonly pointer: string;
  readonly message: string;
  readonly fix: string;
}

/** Every broken rule but unknown roles. */
export function checkIdentity({ identity, server }: Config): readonly Broken[] {
  const { tls } = server;
  const broken: Broken[] = [];
  identity.issuers.forEach(({ issuer, audience, algorithms }, index) => {
    const pointer = joinPointer('/identity/issuers', index);
    if (identity.issuers.findIndex((other) => other.issuer === issuer) !== index) {
      broken.push({ pointer: joinPointer(pointer, 'issuer'), message: `The issuer ${issuer} stands twice.`, fix: 'Remove one of the two.' });
    }
    if (audience?.length === 0) {
      broken.push({
        pointer: joinPointer(pointer, 'audience'),
        message: 'No audience would be accepted.',
        fix: 'List one, or write null for the addresses of this gateway.',
      });
    }
    if (algorithms.length === 0) {
      broken.push({ pointer: joinPointer(pointer, 'algorithms'), message: 'No algorithm would be accepted.', fix: 'List at least one.' });
    }
  });
  if ((tls.certFile === null) !== (tls.keyFile === null)) {
    const missing = tls.certFile === null ? 'certFile' : 'keyFile';
    broken.push({ pointer: `/server/tls/${missing}`, message: 'TLS needs certFile and keyFile.', fix: `Set ${missing}, or remove the other.` });
  }
  if (tls.certFile === null && (tls.caFile !== null || tls.clientCertificates !== 'off')) {
    broken.push({ pointer: '/server/tls/certFile', message: 'Client certificates need TLS.', fix: 'Set certFile and keyFile.' });
  }
  if (tls.clientCertificates !== 'off' && tls.caFile === null) {
    broken.push({
      pointer: '/server/tls/caFile',
      message: 'Client certificates cannot be verified without authorities.',
      fix: 'Name a PEM file with the authorities, or set clientCertificates to off.',
    });
  }
  if (tls.clientCertificates === 'off' && tls.caFile !== null) {
    broken.push({
      pointer: '/server/tls/clientCertificates',
      message: 'caFile is set, and no client is asked for a certificate.',
      fix: 'Set it to optional or required, or remove caFile.',
    });
  }
  if (identity.certificates.length > 0 && tls.clientCertificates === 'off') {
    broken.push({
      pointer: '/identity/certificates',
      message: 'No listener asks for client certificates.',
      fix: 'Set server.tls.clientCertificates to optional or required.',
    });
  }
  const { url } = identity.server;
  if (url !== null && new URL(url).origin !== url) {
    broken.push({
      pointer: '/identity/server/url',
      message: 'The address of the embedded authorization server must have no path.',
      fix: `Write ${new URL(url).origin}.`,
    });
  }
  return broken;
}
