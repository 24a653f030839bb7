/**
 * @module models/dialects/signature: proofs that a vendor adds to what its model thought. In the typed form
 * they carry the name of their vendor, so that a conversation which changes the vendor never shows one to
 * another: it would refuse the request. Clients get their own dialect's bare, and those of others with the name.
 */

/** Vendors whose models sign. */
export type SigningVendor = 'anthropic' | 'gemini' | 'openai';

const NAMED = /^(?:anthropic|gemini|openai):/;

/** The typed form of a signature that stands on the wire of this vendor's dialect. */
export function signatureFrom(vendor: SigningVendor, wire: string): string {
  return NAMED.test(wire) ? wire : `${vendor}:${wire}`;
}

/** For an answer in this vendor's dialect. */
export function signatureForClient(vendor: SigningVendor, typed: string): string {
  return ownSignature(vendor, typed) ?? typed;
}

/** For a request to this vendor; null = another one made it. */
export function ownSignature(vendor: SigningVendor, typed: string | null): string | null {
  return typed?.startsWith(`${vendor}:`) === true ? typed.slice(vendor.length + 1) : null;
}
