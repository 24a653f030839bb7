/** @module upstreams/auth/challenge: what a server says when it refuses a request. */

/** One challenge of a WWW-Authenticate header. */
export interface Challenge {
  /** In lower case, such as `bearer` or `dpop`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Characters of a header that are read. */
const MAX_LENGTH = 8192;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PIECE = new RegExp(
  `\\s*(?:,\\s*)*(?:(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))|(${TOKEN})(?:\\s+|$|(?=,))([A-Za-z0-9._~+/-]+=*(?=\\s*(?:,|$)))?)`,
  'y',
);

/**
 * The challenges of a header, in their order; what follows the first thing that cannot be read is left out.
 *
 * @see RFC 9110 section 11.6.1
 */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  const text = (header ?? '').slice(0, MAX_LENGTH);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  PIECE.lastIndex = 0;
  for (let found = PIECE.exec(text); found && found[0] !== ''; found = PIECE.exec(text)) {
    const [, name, quoted, plain, scheme] = found;
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else if (name !== undefined) challenges.at(-1)?.parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '');
  }
  return challenges;
}

/** What OAuth needs of a refusal. */
export interface Refusal {
  readonly status: number;
  /** Such as `invalid_token`, `insufficient_scope`, `use_dpop_nonce`. */
  readonly error: string | undefined;
  readonly scopes: readonly string[];
  readonly resourceMetadata: string | undefined;
  /** Whether the server takes tokens that are bound to a key. */
  readonly wantsDpop: boolean;
}

/** Undefined when the answer asks for nothing that a token could help with. */
export function refusalOf(status: number, header: string | undefined): Refusal | undefined {
  if (status !== 401 && status !== 403) return undefined;
  const offered = parseChallenges(header).filter(({ scheme }) => scheme === 'bearer' || scheme === 'dpop');
  const find = (name: string): string | undefined => offered.map(({ parameters }) => parameters.get(name)).find((value) => value !== undefined);
  const error = find('error');
  // A 403 without it is the server's own decision about this caller, which no other token changes.
  if (status === 403 && error !== 'insufficient_scope') return undefined;
  return {
    status,
    error,
    scopes: scopesOf(find('scope')),
    resourceMetadata: find('resource_metadata'),
    wantsDpop: offered.some(({ scheme }) => scheme === 'dpop'),
  };
}

/** The words of a scope parameter, each once. @see RFC 6749 section 3.3 */
export function scopesOf(text: unknown): readonly string[] {
  return typeof text === 'string' ? [...new Set(text.split(' ').filter((word) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word)))] : [];
}
