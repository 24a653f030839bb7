/**
 * @module models/dialects/signatures: what a vendor signed goes back to that vendor alone. A signature
 * leaves the gateway in another vendor's dialect with the name of its own; one without that name, or
 * with another, is never shown to a vendor as if it were its own.
 */
import type { ModelDialect } from '../../contracts/model.ts';

/** For the typed answer of a provider that speaks the dialect. */
export function sealSignature(dialect: ModelDialect, signature: string): string {
  return `${dialect}#${signature}`;
}

/** What the vendor of the dialect signed; undefined when it signed nothing here. */
export function unsealSignature(dialect: ModelDialect, signature: string | null): string | undefined {
  const seal = `${dialect}#`;
  return signature?.startsWith(seal) ? signature.slice(seal.length) : undefined;
}
