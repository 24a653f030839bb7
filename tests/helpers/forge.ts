/** Tokens and proofs from recipes, written with node:crypto alone: nothing of what the gateway verifies with. */
import { createHash, createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import type { JsonObject } from '../../src/core/json.ts';

export type Algorithm = 'RS256' | 'ES256' | 'EdDSA';
export const ALGORITHMS: readonly Algorithm[] = ['RS256', 'ES256', 'EdDSA'];

/** A key pair with the id under which its owner publishes it. */
export interface ForgeKey {
  readonly algorithm: Algorithm;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey;
}

/** How a token differs from a good one. Texts may hold {{names}}; {"$now": n} is a time n seconds from now. */
export interface TokenRecipe {
  readonly alg?: Algorithm;
  /** Who signs: the issuer (default), or somebody who is not. */
  readonly key?: 'issuer' | 'attacker';
  /** Laid over the header; null takes a member out. */
  readonly header?: JsonObject;
  /** Laid over the claims; null takes a member out. {"$null": true} is a null. */
  readonly claims?: JsonObject;
  /** The header or the claims as text, in place of what the above make. */
  readonly rawHeader?: string;
  readonly rawClaims?: string;
  /** The claims in base64: for bytes that are no text. */
  readonly rawClaimsBase64?: string;
  readonly signature?:
    | 'good'
    | 'empty'
    | 'garbage'
    | 'flip'
    | 'truncate'
    | 'zero'
    | 'der'
    | 'other'
    | { readonly hmac: 'sha256' | 'sha384' | 'sha512'; readonly secret: 'spki-pem' | 'spki-der' | 'jwk' | 'empty' | 'oct' };
  /** Changes to the whole text. */
  readonly form?:
    | 'padded'
    | 'base64'
    | 'space'
    | 'newline'
    | 'trailing-dot'
    | 'leading-dot'
    | 'two-parts'
    | 'four-parts'
    | 'five-parts'
    | 'detached'
    | 'json'
    | 'nested'
    | 'bits-signature'
    | 'bits-payload'
    | 'upper'
    | 'swapped';
}

const base64url = (data: Buffer | string): string => Buffer.from(data).toString('base64url');

/** A new key pair. */
export function createForgeKey(algorithm: Algorithm, kid: string): ForgeKey {
  const pair =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : algorithm === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519');
  return { algorithm, kid, privateKey: pair.privateKey, jwk: pair.publicKey.export({ format: 'jwk' }) };
}

/** The thumbprint that a bound token names. @see RFC 7638 */
export function thumbprintOf({ kty, crv, x, y, e, n }: JsonWebKey): string {
  const members = kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

export function signatureOf({ algorithm, privateKey }: ForgeKey, data: string, isDer = false): Buffer {
  const bytes = Buffer.from(data);
  if (algorithm === 'EdDSA') return sign(null, bytes, privateKey);
  return sign('sha256', bytes, algorithm === 'ES256' && !isDer ? { key: privateKey, dsaEncoding: 'ieee-p1363' } : privateKey);
}

/** What recipes are filled in with. */
export interface ForgeWorld {
  readonly issuer: Readonly<Record<Algorithm, ForgeKey>>;
  readonly attacker: Readonly<Record<Algorithm, ForgeKey>>;
  readonly claims: JsonObject;
  readonly names: Readonly<Record<string, string>>;
}

/** The text of the token. */
export function forge(world: ForgeWorld, recipe: TokenRecipe = {}): string {
  const { alg = 'ES256', key = 'issuer', signature = 'good', form } = recipe;
  const signer = world[key][alg];
  const plain = { alg, typ: 'at+jwt', kid: world.issuer[alg].kid };
  const header = recipe.rawHeader === undefined ? JSON.stringify(overlay(plain, recipe.header, world)) : fill(recipe.rawHeader, world);
  const claims = recipe.rawClaims === undefined ? JSON.stringify(overlay(world.claims, recipe.claims, world)) : fill(recipe.rawClaims, world);
  const body = recipe.rawClaimsBase64 === undefined ? base64url(form === 'nested' ? forge(world) : claims) : recipe.rawClaimsBase64;
  const input = `${base64url(header)}.${body}`;
  return reshape(`${input}.${base64url(signed(world, recipe, signer, input, signature))}`, form, world);
}

function signed(world: ForgeWorld, { alg = 'ES256' }: TokenRecipe, signer: ForgeKey, input: string, how: NonNullable<TokenRecipe['signature']>): Buffer {
  if (typeof how === 'object') return createHmac(how.hmac, secretOf(world.issuer[alg], how.secret)).update(input).digest();
  const good = signatureOf(signer, input, how === 'der');
  switch (how) {
    case 'empty':
      return Buffer.alloc(0);
    case 'garbage':
      return Buffer.from('no signature at all, but of some length so that it looks like one');
    case 'flip':
      good.writeUInt8(good.readUInt8(7) ^ 1, 7);
      return good;
    case 'truncate':
      return good.subarray(0, -1);
    case 'zero':
      return Buffer.alloc(good.length);
    case 'other':
      return signatureOf(signer, `${input}x`);
    default:
      return good;
  }
}

/** What a verifier that confuses the kinds of keys would take for the secret. */
function secretOf({ jwk }: ForgeKey, form: string): Buffer | string {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  if (form === 'spki-pem') return key.export({ type: 'spki', format: 'pem' });
  if (form === 'spki-der') return key.export({ type: 'spki', format: 'der' });
  return form === 'jwk' ? JSON.stringify(jwk) : form === 'oct' ? 'a symmetric secret that somebody published' : '';
}

function reshape(token: string, form: TokenRecipe['form'], world: ForgeWorld): string {
  const [head = '', body = '', signature = ''] = token.split('.');
  const again = (bits: string): string => `${bits.slice(0, -1)}${String.fromCharCode(bits.charCodeAt(bits.length - 1) + 1)}`;
  switch (form) {
    case 'padded':
      return `${head}=.${body}==.${signature}=`;
    case 'base64':
      return `${head}.${body}+/.${signature}`;
    case 'space':
      return `${head}. ${body}.${signature}`;
    case 'newline':
      return `${head}.${body}.\t${signature}`;
    case 'trailing-dot':
      return `${token}.`;
    case 'leading-dot':
      return `.${token}`;
    case 'two-parts':
      return `${head}.${body}`;
    case 'four-parts':
      return `${token}.${signature}`;
    case 'five-parts':
      return `${head}.${body}.${signature}.${body}.${signature}`;
    case 'detached':
      return `${head}..${signature}`;
    case 'json':
      return JSON.stringify({ protected: head, payload: body, signature });
    case 'bits-signature':
      return `${head}.${body}.${again(signature)}`;
    case 'bits-payload':
      return `${head}.${body}B.${signature}`;
    case 'upper':
      return token.toUpperCase();
    case 'swapped': {
      const [, other = ''] = forge(world, { claims: { sub: 'somebody-else' } }).split('.');
      return `${head}.${other}.${signature}`;
    }
    default:
      return token;
  }
}

/** Members laid over others; the values of both filled in. */
export function overlay(base: JsonObject, over: JsonObject | undefined, world: ForgeWorld): JsonObject {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over ?? {})) {
    if (value === null) delete merged[name];
    else merged[name] = value;
  }
  return JSON.parse(JSON.stringify(merged), (_name, value: unknown) => resolve(value, world)) as JsonObject;
}

function resolve(value: unknown, world: ForgeWorld): unknown {
  if (typeof value === 'string') return fill(value, world);
  if (typeof value !== 'object' || value === null) return value;
  if ('$now' in value) return Math.floor(Date.now() / 1000) + Number(value.$now);
  if ('$null' in value) return null;
  if ('$repeat' in value && 'times' in value) return String(value.$repeat).repeat(Number(value.times));
  if ('$jwk' in value) return world.attacker[value.$jwk as Algorithm].jwk;
  if ('$private' in value) return world.attacker[value.$private as Algorithm].privateKey.export({ format: 'jwk' });
  if ('$deep' in value) return Array.from({ length: Number(value.$deep) }).reduce<unknown>((inner) => [inner], 'x');
  return value;
}

/** {{now+60}} and the names of the world. */
export function fill(text: string, { names }: ForgeWorld): string {
  return text
    .replace(/\{\{now([+-]\d+)\}\}/g, (_all, seconds: string) => String(Math.floor(Date.now() / 1000) + Number(seconds)))
    .replace(/\{\{(\w+)\}\}/g, (all, name: string) => names[name] ?? all);
}

/** How a proof differs from a good one. */
export interface ProofRecipe {
  readonly key?: 'holder' | 'attacker';
  readonly header?: JsonObject;
  readonly claims?: JsonObject;
  readonly signature?: 'good' | 'flip' | 'empty';
  /** The same proof twice in one header. */
  readonly isTwice?: boolean;
  readonly isMissing?: boolean;
}

/** A DPoP proof for the token by the holder's key. */
export function forgeProof(world: ForgeWorld, holder: ForgeKey, token: string, recipe: ProofRecipe = {}): string {
  const signer = recipe.key === 'attacker' ? world.attacker[holder.algorithm] : holder;
  const header = overlay({ typ: 'dpop+jwt', alg: holder.algorithm, jwk: signer.jwk }, recipe.header, world);
  const ath = createHash('sha256').update(token).digest('base64url');
  const jti = createHash('sha256').update(`${Math.random()}`).digest('base64url');
  const claims = overlay({ htm: 'POST', htu: '{{call}}', iat: { $now: 0 }, jti, ath }, recipe.claims, world);
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  const good = signatureOf(signer, input);
  if (recipe.signature === 'flip') good.writeUInt8(good.readUInt8(5) ^ 1, 5);
  const proof = `${input}.${recipe.signature === 'empty' ? '' : base64url(good)}`;
  return recipe.isTwice === true ? `${proof}, ${proof}` : proof;
}
