/** @module upstreams/entries/secrets: takes the secrets out of a draft; references stand in their place. */
import type { UpstreamDraft } from './draft.ts';
import { toVariableName } from './names.ts';
import { isPlainValue, isSecretName, isSecretValue, replaceKnownKeys } from './secret-values.ts';
import type { Vault } from './vault.ts';

/** References, and the escape of one: what lies between them is literal. */
const REFERENCE = /(\$?\$\{[^}]*\})/;
const WITH_DEFAULT = /^\$\{([A-Za-z_][A-Za-z0-9_]*):-([^}]*)\}$/;
const SCHEME = /^(\s*(?:Bearer|Basic|Token|Bot|ApiKey)\s+)([\s\S]*)$/i;
const URL_IN_TEXT = /[a-z][a-z0-9+.-]*:\/\/[^\s"'`]+/gi;
const ASSIGNMENT = /\b([A-Za-z_][A-Za-z0-9_-]*)=("[^"]*"|'[^']*'|[^\s"';&|]+)/g;
/** A key of a server must not become the gateway's key for models, nor an option of every program started here. */
const MEANS_MORE = /^(?:ANTHROPIC|OPENAI|GEMINI|GOOGLE|GCP|AWS|AZURE|OLLAMA|NODE|NPM|LD|DYLD|PYTHON|GIT|SSH|HTTPS?|NO)_/;
const HEADER_OPTION = /^(?:-H|--header|--headers)$/i;
const HEADER_LINE = /^([A-Za-z0-9-]+):(\s*)([\s\S]+)$/;

/** Literal text becomes a reference; `label` tells which variable it wishes to be. */
type Claim = (label: string, literal: string) => string;

/**
 * The draft without literal secrets: in variables, headers, arguments (`--api-key=…`, `--token …`,
 * `-H "Authorization: …"`, assignments in scripts) and URLs (user, parameters, path). Each went into the
 * vault under a name made from its own and, where that means something else, the upstream's.
 */
export function moveSecrets(name: string, draft: UpstreamDraft, vault: Vault): UpstreamDraft {
  const claim: Claim = (label, literal) => {
    const value = literal.replaceAll('$${', '${');
    const own = toVariableName(label || 'secret');
    // Variables with a meaning of their own, for the gateway or for programs that read the same file, are not taken either.
    // One's own words alone say too little: KEY, TOKEN, API_KEY could be anybody's.
    const qualified = toVariableName(name, label || 'secret');
    return `\${${vault.claim(own.includes('_') && !MEANS_MORE.test(own) && !/^(?:API|ACCESS|AUTH|SECRET|CLIENT|X_API)_(?:KEY|TOKEN|SECRET)$/.test(own) ? own : qualified, qualified, value)}}`;
  };
  return {
    ...draft,
    command: draft.command === undefined ? undefined : scrubText('', draft.command, claim),
    args: draft.args.map((argument, index) => scrubArgument(argument, draft.args[index - 1], claim)),
    env: mapValues(draft.env, (key, value) => (isSecretName(key) ? scrubSecret(key, value, claim) : scrubText(key, value, claim))),
    url: draft.url === undefined ? undefined : scrubText('', draft.url, claim),
    headers: mapValues(draft.headers, (key, value) => scrubHeader(key, value, claim)),
  };
}

function mapValues(record: Readonly<Record<string, string>>, map: (key: string, value: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(key, value)]));
}

/** Runs over what is literal; defaults of references are literal, too. */
function overLiterals(text: string, map: (literal: string) => string, claimDefault: (variable: string, literal: string) => string): string {
  return text
    .split(REFERENCE)
    .map((part, index) => {
      if (index % 2 === 0) return part === '' ? '' : map(part);
      const [, variable, fallback] = WITH_DEFAULT.exec(part) ?? [];
      return variable !== undefined && fallback !== undefined && fallback !== '' ? claimDefault(variable, fallback) : part;
    })
    .join('');
}

/** A value whose name says secret. */
function scrubSecret(label: string, value: string, claim: Claim): string {
  if (isPlainValue(value)) return value;
  const [, scheme, rest] = SCHEME.exec(value) ?? [];
  if (scheme !== undefined && rest !== undefined) return scheme + scrubSecret(label, rest, claim);
  return overLiterals(
    value,
    (literal) => (literal.trim() === '' || /^[\s:@/,;.-]+$/.test(literal) || /^\s*(?:Bearer|Basic|Token)\s*$/i.test(literal) ? literal : claim(label, literal)),
    (variable, literal) => (isPlainValue(literal) ? `\${${variable}:-${literal}}` : claim(variable, literal)),
  );
}

/** A value whose name says nothing. */
function scrubText(label: string, value: string, claim: Claim): string {
  return overLiterals(
    value,
    (literal) => scrubLiteral(label, literal, claim),
    (variable, literal) =>
      (isSecretName(variable) && !isPlainValue(literal)) || isSecretValue(literal) ? claim(variable, literal) : `\${${variable}:-${literal}}`,
  );
}

function scrubLiteral(label: string, literal: string, claim: Claim): string {
  const withoutUrls = literal.replace(URL_IN_TEXT, (url) => scrubUrl(label, url, claim));
  if (withoutUrls !== literal) return withoutUrls;
  if (/\s/.test(literal)) {
    const assigned = literal.replace(ASSIGNMENT, (whole, key: string, value: string) =>
      isSecretName(key) && !isPlainValue(value) && !value.includes('$') ? `${key}=${claim(key, value.replace(/^(["'])([\s\S]*)\1$/, '$2'))}` : whole,
    );
    return replaceKnownKeys(assigned, (key) => claim(`${label}_key`, key));
  }
  const isPath = /^(?:[./~]|[A-Za-z]:[\\/]|@?[\w.-]+\/)/.test(literal);
  return !isPath && isSecretValue(literal) ? claim(label, literal) : replaceKnownKeys(literal, (key) => claim(label, key));
}

function scrubHeader(name: string, value: string, claim: Claim): string {
  return isSecretName(name) ? scrubSecret(name === 'Authorization' ? 'TOKEN' : name, value, claim) : scrubText(name, value, claim);
}

function scrubArgument(argument: string, previous: string | undefined, claim: Claim): string {
  if (previous !== undefined && HEADER_OPTION.test(previous)) {
    const [, name, space, value] = HEADER_LINE.exec(argument) ?? [];
    if (name !== undefined && value !== undefined) return `${name}:${space ?? ''}${scrubHeader(name, value, claim)}`;
  }
  const [, key, value] = /^(-{0,2}[A-Za-z_][\w.-]*)=([\s\S]*)$/.exec(argument) ?? [];
  if (key !== undefined && value !== undefined) return `${key}=${isSecretName(key) ? scrubSecret(key, value, claim) : scrubText(key, value, claim)}`;
  if (previous !== undefined && /^--?[A-Za-z]/.test(previous) && !previous.includes('=') && isSecretName(previous) && !argument.startsWith('-'))
    return scrubSecret(previous, argument, claim);
  const [, header, space, content] = /^(Authorization|Cookie|X-[\w-]*(?:Key|Token|Secret)):(\s*)([\s\S]+)$/i.exec(argument) ?? [];
  if (header !== undefined && content !== undefined) return `${header}:${space ?? ''}${scrubHeader(header, content, claim)}`;
  return scrubText('', argument, claim);
}

/** User, password, parameters and path of a URL; it is cut by hand, so that nothing else in it changes. */
function scrubUrl(label: string, url: string, claim: Claim): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)([\s\S]*)$/i.exec(url) ?? [];
  // A password may hold what should have been escaped: then the authority reaches to the last @.
  const slash = rest.search(/[/?#]/);
  const isPort = /^[^:@]*(?::\d*)?$/.test(slash < 0 ? rest : rest.slice(0, slash)) || !rest.includes('@');
  const end = isPort || rest.slice(0, Math.max(0, slash)).includes('@') ? slash : rest.slice(rest.lastIndexOf('@')).search(/[/?#]|$/) + rest.lastIndexOf('@');
  const authority = end < 0 ? rest : rest.slice(0, end);
  const tail = end < 0 ? '' : rest.slice(end);
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? '' : authority.slice(0, at);
  const [account, ...password] = user.split(':');
  const credentials =
    at < 0
      ? ''
      : `${password.length > 0 ? `${account ?? ''}:${claim(`${label}_password`, password.join(':'))}` : isSecretValue(user) ? claim(`${label}_user`, user) : user}@`;
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/.exec(tail) ?? [];
  const ownPath = path.replace(/[^/]+/g, (segment) => (isSecretValue(segment) ? claim(`${label}_path`, segment) : segment));
  const parameters = (text: string): string =>
    text.replace(/([^?#&=]+)=([^&#]+)/g, (whole, key: string, value: string) =>
      (isSecretName(key) && !isPlainValue(value)) || isSecretValue(value) ? `${key}=${claim(`${label}_${key}`, value)}` : whole,
    );
  return scheme + credentials + authority.slice(at + 1) + ownPath + parameters(query) + parameters(fragment);
}
