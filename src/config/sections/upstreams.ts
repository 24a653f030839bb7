/** @module config/sections/upstreams: other MCP servers behind this gateway. */
import * as v from 'valibot';
import type { PinPolicy } from '../../contracts/pins.ts';
import type { InstancePolicy, UpstreamConfig, UpstreamsConfig } from '../../contracts/upstreams-config.ts';
import { endpoints } from './upstream-endpoints.ts';
import { choice, integer, key, list, optionalKey, orNull, path, pattern, section, table } from '../fields.ts';
import { auth, DEFAULT_AUTH } from './upstream-auth.ts';
import { tools } from './upstream-tools.ts';
import { url } from './upstream-urls.ts';

const PINS = ['trust-first-use', 'require', 'off'] as const satisfies readonly PinPolicy[];
const INSTANCES = ['shared', 'per-project', 'per-principal'] as const satisfies readonly InstancePolicy[];
const DEFAULT_MAX_INSTANCES = 8;
const TRANSPORTS = ['stdio', 'http', 'sse', 'openapi', 'rest', 'a2a'] as const;
// The first `__` of a tool's name ends that of its upstream: no server can list a tool under the name of another's.
const upstreamName = pattern(/^(?!.*__)[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?$/, 'a name (lower-case letters, digits, - and single _, at most 32)');
const variable = pattern(/^(?!SWITCHYARD)[A-Za-z_][\w]*$/, 'the name of a variable that does not begin with SWITCHYARD');
const header = pattern(/^[\w!#$%&'*+.^`|~-]{1,128}$/, 'the name of a header');
const headerValue = pattern(/^[\t\x20-\x7e]{1,8192}$/, 'the value of a header');
const anything = v.pipe(v.string('a text'), v.maxLength(32_768, 'a text of at most 32768 characters'));
const MAX_TIMEOUT_MS = 3_600_000;

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
      orNull(pattern(/^(?!.*__)[A-Za-z0-9_-]{0,31}[A-Za-z0-9-]$/, 'a prefix (letters, digits, - and single _, which is not the last)')),
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

const OF_PROGRAMS = ['command', 'args', 'env', 'cwd', 'sandbox', 'instances', 'maxInstances'] as const satisfies readonly (keyof v.InferOutput<typeof entry>)[];
const OF_SERVERS = ['url', 'headers', 'auth'] as const satisfies readonly (keyof v.InferOutput<typeof entry>)[];

function hasOwnKeys(written: v.InferOutput<typeof entry>): boolean {
  const { transport, document, endpoints: described } = written;
  if (isWritten(document) && transport !== 'openapi') return false;
  if (isWritten(described) && transport !== 'rest') return false;
  const foreign = transport === 'stdio' ? OF_SERVERS : OF_PROGRAMS;
  return !foreign.some((name) => isWritten(written[name]));
}

/** Not the default, which is null, or an empty list or section. */
function isWritten(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
