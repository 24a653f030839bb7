/** @module config/sections/upstreams: other MCP servers behind this gateway. */
import * as v from 'valibot';
import type { PinPolicy } from '../../contracts/pins.ts';
import type { InstancePolicy, UpstreamAuthConfig, UpstreamConfig, UpstreamGrant, UpstreamsConfig } from '../../contracts/upstreams-config.ts';
import { STANDARD_PERMISSIONS } from '../../contracts/policy.ts';
import { endpoints } from './upstream-endpoints.ts';
import { choice, integer, key, list, optionalKey, orNull, path, pattern, section, table, text } from '../fields.ts';
import { permissionType } from './policy.ts';

const PINS = ['trust-first-use', 'require', 'off'] as const satisfies readonly PinPolicy[];
const INSTANCES = ['shared', 'per-project', 'per-principal'] as const satisfies readonly InstancePolicy[];
const DEFAULT_MAX_INSTANCES = 8;
const TRANSPORTS = ['stdio', 'http', 'sse', 'openapi', 'rest', 'a2a'] as const;
const upstreamName = pattern(/^[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?$/, 'a name (lower-case letters, digits, - and _, at most 32)');
const own = pattern(/^[^\x00-\x1f\x7f]{1,256}$/, 'a name that the upstream uses');
const shown = pattern(/^[A-Za-z0-9_-]{1,60}$/, 'a name (letters, digits, - and _)');
const variable = pattern(/^(?!SWITCHYARD)[A-Za-z_][\w]*$/, 'the name of a variable that does not begin with SWITCHYARD');
const header = pattern(/^[\w!#$%&'*+.^`|~-]{1,128}$/, 'the name of a header');
const headerValue = pattern(/^[\t\x20-\x7e]{1,8192}$/, 'the value of a header');
const anything = v.pipe(v.string('a text'), v.maxLength(32_768, 'a text of at most 32768 characters'));
const words = 'a URL such as https://mcp.example.org/mcp (http or https, no user)';
const url = v.pipe(v.string(words), v.check(isUrl, words));
const MAX_TIMEOUT_MS = 3_600_000;

const pointer = pattern(/^(?:\/(?:[^~/]|~[01])+)+$/, 'a JSON Pointer such as /path or /files/*/path');
const effect = v.pipe(
  section(
    {
      permission: v.pipe(permissionType, v.description(`One of ${STANDARD_PERMISSIONS.join(', ')}, or a CUSTOM_<NAME>.`)),
      from: key(orNull(pointer), null, 'Where the arguments say what it touches. A list there is one effect for each item; of a command, its words.'),
      resource: key(orNull(text('a text', 1024)), null, 'What it touches whatever the arguments are; in place of from.'),
      root: key(
        orNull(pattern(/^\/[^\0\\]*$/, 'an absolute path')),
        null,
        'FILE_*: paths in this folder are judged as those of the workspace; other absolute paths need the GLOBAL permission.',
      ),
      isOptional: key(v.boolean('true or false'), false, 'Whether the argument may be absent; then the call has no such effect.'),
      size: key(orNull(pointer), null, 'What the limit maxSize bounds: a number of bytes, or a text.'),
      timeout: key(orNull(pointer), null, 'What the limit timeout bounds: seconds.'),
    },
    'One effect.',
  ),
  v.check(({ from, resource }) => (from === null) !== (resource === null), 'an effect with either from or resource'),
);

const tools = section(
  {
    allow: key(orNull(list(own)), null, "Tools that are shown, by the server's own names; `*` = any characters. Null = all."),
    deny: key(list(own), [], 'Tools that are not shown; wins over allow.'),
    rename: key(table(own, shown), {}, 'Other names for tools; the prefix stays in front.'),
    describe: key(table(own, text('a description', 4096)), {}, 'Other descriptions.'),
    defaults: key(
      table(own, v.record(v.string('a name'), v.any(), 'a section with arguments')),
      {},
      'Arguments that are added where the caller sends none of the name.',
    ),
    permissions: key(table(own, list(effect)), {}, 'Effects of tools, told from their arguments: what the policy judges beside the scope.'),
  },
  'What is shown of its tools.',
);

const HTTPS = 'an https URL (http for this machine alone), without a user';
const secureUrl = v.pipe(v.string(HTTPS), v.check(isSecureUrl, HTTPS));
const credential = pattern(/^[\s\S]{1,16384}$/, 'a credential');
const GRANTS = ['authorization_code', 'client_credentials', 'jwt_bearer', 'token_exchange', 'enterprise'] as const satisfies readonly UpstreamGrant[];
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

const auth = section(
  {
    grant: key(
      choice(GRANTS),
      'authorization_code',
      'How a token comes about when the server asks for one: a person signs in (`switchyard upstreams login`), the client itself, a JWT of the workload (RFC 7523), a token for another token (RFC 8693), or the identity provider of the enterprise.',
    ),
    clientId: key(orNull(text('a client id', 2048)), null, 'A client that was registered beforehand; null = by clientMetadataUrl, or registered on its own.'),
    clientSecret: key(orNull(credential), null, 'Its secret; write ${secret:NAME}.'),
    clientKey: key(orNull(credential), null, 'Its private key (PKCS#8 PEM), for private_key_jwt; write ${secret:NAME}.'),
    clientKeyId: key(orNull(text('a key id', 256)), null, 'The id of the key (`kid`).'),
    clientKeyAlgorithm: key(choice(['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'] as const), 'ES256', 'The algorithm of the key.'),
    clientMetadataUrl: key(
      orNull(secureUrl),
      null,
      "URL of this gateway's client metadata document, which is its id where the authorization server takes such.",
    ),
    issuer: key(orNull(secureUrl), null, 'The only authorization server that is believed; null = the one that the upstream names.'),
    scopes: key(orNull(list(pattern(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'a scope'))), null, 'The most that is asked for; null = what the upstream asks for.'),
    assertion: key(
      orNull(credential),
      null,
      "jwt_bearer: the workload's JWT; token_exchange and enterprise: the subject's token. Write ${secret:NAME} or ${NAME}.",
    ),
    assertionFile: key(orNull(path()), null, 'The same in a file, read anew at each use.'),
    subject: key(
      choice(['configured', 'caller'] as const),
      'configured',
      "token_exchange: one token for everybody, from assertion; or one for each caller, from the caller's own token, which itself is sent to the authorization server alone.",
    ),
    subjectTokenType: key(text('a token type', 256), ID_TOKEN, 'The type of that token (RFC 8693 section 3).'),
    idpTokenUrl: key(orNull(secureUrl), null, 'enterprise: the token endpoint of the identity provider.'),
    idpClientId: key(orNull(text('a client id', 2048)), null, 'enterprise: the client at the identity provider.'),
    idpClientSecret: key(orNull(credential), null, 'enterprise: its secret.'),
    dpop: key(choice(['auto', 'required', 'off'] as const), 'auto', 'Tokens bound to a key (RFC 9449): where the upstream asks for them, always, or never.'),
  },
  'http: how a token is obtained when the server asks for one.',
);

const results = section(
  {
    scan: key(
      choice(['off', 'tag', 'block'] as const),
      'tag',
      'Results that hold what looks like instructions to the model: nothing; a tag in `_meta` and in the audit; or an error instead of the result.',
    ),
    maxCharacters: key(integer(1000, 1_073_741_824), 4_194_304, 'Characters of text of one result; what is beyond is cut off.'),
  },
  'What is done with what it answers.',
);

const sandbox = section(
  {
    read: key(list(path()), [], 'Files and folders that it may read, beside the programs of the system and its own.'),
    write: key(list(path()), [], 'Files and folders that it may also change.'),
    network: key(v.boolean('true or false'), false, 'Whether it has the network of the machine.'),
  },
  'What a program in the sandbox is given.',
);

const entry = section(
  {
    transport: v.pipe(
      choice(TRANSPORTS),
      v.description(
        'stdio = a program on this machine; http = Streamable HTTP of every revision; sse = the older HTTP+SSE; openapi = an API with an OpenAPI document; rest = HTTP endpoints that you describe; a2a = an agent.',
      ),
    ),
    command: key(orNull(path()), null, 'stdio: the program; a path, or a name looked up in PATH. Run without a shell.'),
    args: key(v.array(anything, 'a list'), [], 'stdio: its arguments.'),
    env: key(table(variable, anything), {}, 'stdio: variables it gets beside a few harmless ones (PATH, HOME, LANG …). Write secrets as ${NAME}.'),
    cwd: key(orNull(path()), null, "stdio: the folder it runs in; null = the client's project folder, for clients without one the workspace."),
    sandbox: optionalKey(sandbox, 'stdio: runs in the native sandbox with these grants (docs/sandbox.md); absent = as a plain process.'),
    instances: key(
      orNull(choice(INSTANCES)),
      null,
      'stdio: shared = one program for everybody; per-project = one for each project folder of local clients, unless cwd names one; per-principal = one for each caller and folder. Null = per-project.',
    ),
    maxInstances: key(
      orNull(integer(1, 1000)),
      null,
      'stdio: programs beside the one that everybody shares; the least recently used one ends for another. Null = 8.',
    ),
    url: key(orNull(url), null, 'All but stdio: where the server is (a2a: or its card). Its origin is added to what the gateway may connect to.'),
    headers: key(table(header, headerValue), {}, 'All but stdio: headers of every request. Write secrets as ${NAME}.'),
    auth: v.optional(auth),
    document: key(orNull(path()), null, 'openapi: URL or path of the document. Calls go to url, whatever servers the document names.'),
    endpoints: key(endpoints, {}, 'rest: endpoints by the name of the tool.'),
    isEnabled: key(v.boolean('true or false'), true, 'False = as if it were not written.'),
    connect: key(
      choice(['lazy', 'eager'] as const),
      'lazy',
      'When the connection is made: at the first call (and once, to learn what it has), or in the background of the start.',
    ),
    timeoutMs: key(
      integer(1, MAX_TIMEOUT_MS),
      60_000,
      'Milliseconds that the opening, or a call, may take; each sign of progress starts it anew, ten times at most.',
    ),
    concurrency: key(integer(1, 1000), 16, 'Calls at once; others wait.'),
    prefix: key(
      orNull(pattern(/^[A-Za-z0-9_-]{1,32}$/, 'a prefix (letters, digits, - and _)')),
      null,
      'What its names begin with, before `__`; null = its name.',
    ),
    pins: key(choice(PINS), 'trust-first-use', 'How what it lists becomes approved.'),
    results: v.optional(results, {}),
    tools: v.optional(tools, {}),
  },
  'One upstream.',
);
const upstream = v.pipe(
  entry,
  v.check(
    hasOwnKeys,
    'an upstream with the keys of its transport: stdio has command, args, env, cwd, sandbox, instances and maxInstances; the others have url, headers and auth, openapi also document, rest also endpoints',
  ),
);

/** Upstreams by name. */
export const upstreamsSection = v.pipe(table(upstreamName, upstream), v.description('Other MCP servers, by a name of your choice.'));

/** The program's form: each transport with its own keys. Which keys belong to which is checked in upstream-checks.ts. */
export function toUpstreamsConfig(written: Readonly<Record<string, v.InferOutput<typeof upstream>>>): UpstreamsConfig {
  return Object.fromEntries(Object.entries(written).map(([name, one]) => [name, toUpstream(one)]));
}

function toUpstream({
  transport,
  command,
  args,
  env,
  cwd,
  sandbox: grants,
  instances,
  maxInstances,
  url: address,
  document,
  endpoints: described,
  headers,
  auth: own,
  ...common
}: v.InferOutput<typeof upstream>): UpstreamConfig {
  if (transport === 'stdio')
    return {
      ...common,
      transport,
      command: command ?? '',
      args,
      env,
      cwd,
      sandbox: grants ?? null,
      instances: instances ?? 'per-project',
      maxInstances: maxInstances ?? DEFAULT_MAX_INSTANCES,
    };
  const server = { ...common, url: address ?? '', headers, auth: own ?? DEFAULT_AUTH };
  if (transport === 'openapi') return { ...server, transport, document: document ?? '' };
  return transport === 'rest' ? { ...server, transport, endpoints: described } : { ...server, transport };
}

/** What an upstream without the section has. */
const DEFAULT_AUTH: UpstreamAuthConfig = Object.freeze(v.parse(auth, {}));

function hasOwnKeys(written: v.InferOutput<typeof entry>): boolean {
  const {
    transport,
    command,
    args,
    env,
    cwd,
    sandbox: grants,
    instances,
    maxInstances,
    url: address,
    headers,
    auth: own,
    document,
    endpoints: described,
  } = written;
  const isProgram =
    [command, cwd, instances, maxInstances].some((value) => value !== null) || grants !== undefined || args.length > 0 || Object.keys(env).length > 0;
  const isServer = address !== null || Object.keys(headers).length > 0 || own !== undefined;
  if (document !== null && transport !== 'openapi') return false;
  if (Object.keys(described).length > 0 && transport !== 'rest') return false;
  return transport === 'stdio' ? !isServer : !isProgram;
}

function isUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

function isSecureUrl(value: string): boolean {
  return isUrl(value) && (value.startsWith('https:') || /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(new URL(value).hostname));
}
