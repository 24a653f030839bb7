/** @module clients/read-servers: which servers a client knows, in one shape for all clients. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isObject, type JsonObject } from '../core/json.ts';
import { readConfigText } from './config-file.ts';
import { jsonValueAt, parseJsonFile } from './json-edit.ts';
import { factsOf, locateConfig } from './locations.ts';
import { readReferences } from './references.ts';
import { listTomlTables, readTomlTable } from './toml-edit.ts';
import { TomlRaw } from './toml-scan.ts';
import { CLIENT_IDS, type ClientId, type ClientPlace, type ClientServer } from './types.ts';

const textAt = (entry: JsonObject, key: string): string | undefined => (typeof entry[key] === 'string' ? readReferences(entry[key]) : undefined);
const textsAt = (entry: JsonObject, key: string): readonly string[] =>
  Array.isArray(entry[key]) ? entry[key].filter((item: unknown) => typeof item === 'string').map(readReferences) : [];

/** Texts by name. Numbers and booleans, which some people write, count as texts; what is neither is left out. */
function pairsAt(entry: JsonObject, key: string): readonly (readonly [string, string])[] {
  const value = entry[key];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean' ? [[name, readReferences(String(member))] as const] : [],
  );
}

/** A URL without a type: clients try the new transport, then the old one. The gateway tries one, so the address decides. */
function transportOf(entry: JsonObject): ClientServer['transport'] {
  if (typeof entry['command'] === 'string') return 'stdio';
  const url = entry['type'] === undefined && entry['httpUrl'] === undefined ? (entry['serverUrl'] ?? entry['url']) : undefined;
  const isOld = entry['type'] === 'sse' || (typeof url === 'string' && /\/sse\/?(?:[?#]|$)/i.test(url));
  return isOld ? 'sse' : 'http';
}

/** Variables that Codex hands on: their names, or tables with a name. */
function handedOn(entry: JsonObject): readonly string[] {
  const list: readonly unknown[] = Array.isArray(entry['env_vars']) ? entry['env_vars'] : [];
  return list.map((item) => (isObject(item) ? item['name'] : item)).filter((name) => typeof name === 'string');
}

/** An entry in the one shape. Not checked: whether it can be used. */
export function toServer(client: ClientId, name: string, entry: JsonObject): ClientServer {
  const bearer = entry['bearer_token_env_var'];
  return {
    name,
    transport: transportOf(entry),
    command: textAt(entry, 'command'),
    args: textsAt(entry, 'args'),
    env: Object.fromEntries([...handedOn(entry).map((variable) => [variable, `\${${variable}}`] as const), ...pairsAt(entry, 'env')]),
    cwd: textAt(entry, 'cwd'),
    url: textAt(entry, 'httpUrl') ?? textAt(entry, 'serverUrl') ?? textAt(entry, 'url'),
    headers: Object.fromEntries([
      ...(typeof bearer === 'string' ? [['Authorization', `Bearer \${${bearer}}`] as const] : []),
      ...pairsAt(entry, 'headers'),
      ...pairsAt(entry, 'http_headers'),
      ...pairsAt(entry, 'env_http_headers').map(([header, variable]) => [header, `\${${variable}}`] as const),
    ]),
    isDisabled: entry['disabled'] === true || entry['enabled'] === false,
    ...toolsOf(client, entry),
  };
}

/** What hides tools in the client must hide them here, too. */
function toolsOf(client: ClientId, entry: JsonObject): Pick<ClientServer, 'allow' | 'deny' | 'timeoutMs'> {
  const [allowKey, denyKey] =
    client === 'gemini' ? ['includeTools', 'excludeTools'] : client === 'codex' ? ['enabled_tools', 'disabled_tools'] : ['enabledTools', 'disabledTools'];
  // `gemini mcp add --include-tools a,b` writes one text, and means two tools.
  const toolsAt = (key: string): readonly string[] =>
    client === 'gemini' ? textsAt(entry, key).flatMap((text) => text.split(',').map((name) => name.trim())) : textsAt(entry, key);
  const seconds = entry['tool_timeout_sec'];
  const milliseconds = seconds instanceof TomlRaw ? Number(seconds.raw) * 1000 : client === 'gemini' ? entry['timeout'] : undefined;
  return {
    ...(Array.isArray(entry[allowKey]) ? { allow: toolsAt(allowKey) } : {}),
    ...(textsAt(entry, denyKey).length === 0 ? {} : { deny: toolsAt(denyKey) }),
    ...(typeof milliseconds === 'number' && Number.isFinite(milliseconds) && milliseconds >= 1 ? { timeoutMs: Math.round(milliseconds) } : {}),
  };
}

/**
 * The entries in the text of a client's file, in its order, unread.
 *
 * @throws AppError CLIENT_CONFIG_INVALID
 */
export function entriesOf(client: ClientId, path: string, text: string): readonly (readonly [string, unknown])[] {
  const { format, container } = factsOf(client);
  if (format === 'toml') return listTomlTables(path, text, container).map((name) => [name, readTomlTable(path, text, [container, name])]);
  const servers = jsonValueAt(parseJsonFile(path, text), [container]);
  return isObject(servers) ? Object.entries(servers) : [];
}

/**
 * The servers in a client's file, in its order; none when there is no file. Variables of the environment
 * become `${NAME}` whatever the client writes; other placeholders (`${input:…}`, `${workspaceFolder}`)
 * stay. Values may be secrets: handle them as such.
 *
 * Not checked: whether a command exists or a URL is valid.
 *
 * @throws AppError CLIENT_CONFIG_INVALID, USAGE
 */
export async function readServers(place: ClientPlace): Promise<readonly ClientServer[]> {
  const path = locateConfig(place);
  const text = await readConfigText(path);
  return text === null ? [] : entriesOf(place.client, path, text).flatMap(([name, entry]) => (isObject(entry) ? [toServer(place.client, name, entry)] : []));
}

/** Clients of which the person has a configuration file, or the folder for it. */
export async function findClients(place: Omit<ClientPlace, 'client' | 'scope'>): Promise<readonly ClientId[]> {
  const exists = (path: string): Promise<boolean> =>
    stat(path).then(
      () => true,
      () => false,
    );
  const found = await Promise.all(
    CLIENT_IDS.map(async (client) => {
      const path = locateConfig({ ...place, client, scope: 'user' });
      return (await exists(path)) || (dirname(path) !== place.homeDirectory && (await exists(dirname(path))));
    }),
  );
  return CLIENT_IDS.filter((_, index) => found[index]);
}
