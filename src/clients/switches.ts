/** @module clients/switches: servers that a client knows and does not start, where their entries do not tell. */
import { dirname, join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import { readConfigText } from './config-file.ts';
import type { FoundScope } from './found-server.ts';
import { jsonValueAt, parseJsonFile } from './json-edit.ts';
import { locateConfig } from './locations.ts';
import type { ClientId, ClientPlace } from './types.ts';

/** Whether the client has switched off a server that it found in a scope. */
export type Switches = (name: string, scope: FoundScope) => boolean;

type Place = Omit<ClientPlace, 'client' | 'scope'>;
type Texts = readonly string[];

const textsIn = (list: unknown): Texts => (Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []);

/**
 * What is switched off outside of the entries of a file, by the Gemini CLI and by Claude Code for this project. Files of switches that
 * are missing or cannot be read switch nothing off, as there. Not looked at: what administrators set, and what is off for one session;
 * the other clients keep such switches in databases of their own.
 *
 * @param text the client's file that the servers stand in
 * @throws AppError CLIENT_CONFIG_INVALID when that file cannot be understood
 */
export async function readSwitches(place: Place, client: ClientId, path: string, text: string): Promise<Switches> {
  if (client === 'gemini') return await geminiSwitches(place, path, text);
  if (client === 'claude-code') return await claudeSwitches(place);
  return () => false;
}

/** By `/mcp disable`, in a file beside the settings of the person, and by lists of the settings themselves. Names are compared in lower case. */
async function geminiSwitches(place: Place, path: string, text: string): Promise<Switches> {
  const normal = (name: string): string => name.toLowerCase().trim();
  const settings = parseJsonFile(path, text);
  const excluded = textsIn(jsonValueAt(settings, ['mcp', 'excluded'])).map(normal);
  const list = jsonValueAt(settings, ['mcp', 'allowed']);
  const allowed = Array.isArray(list) ? textsIn(list).map(normal) : undefined;
  const beside = dirname(locateConfig({ ...place, client: 'gemini', scope: 'user' }));
  const states = await valueIn(join(beside, 'mcp-server-enablement.json'), []);
  return (name) => {
    const id = normal(name);
    const state = isObject(states) && Object.hasOwn(states, id) ? states[id] : undefined;
    return excluded.includes(id) || allowed?.includes(id) === false || (isObject(state) && state['enabled'] === false);
  };
}

/** By `/mcp`, for one project, and by the answer that it wanted when it first saw a server of the project's own file. */
async function claudeSwitches(place: Place): Promise<Switches> {
  const { homeDirectory, projectDirectory, environment = {} } = place;
  const own = await valueIn(locateConfig({ ...place, client: 'claude-code', scope: 'user' }), ['projects', projectDirectory]);
  const ofProject = isObject(own) ? own : {};
  const settings = [
    join(projectDirectory, '.claude', 'settings.local.json'),
    join(projectDirectory, '.claude', 'settings.json'),
    join(environment['CLAUDE_CONFIG_DIR'] ?? join(homeDirectory, '.claude'), 'settings.json'),
  ];
  const refused = await Promise.all(settings.map(async (path) => textsIn(await valueIn(path, ['disabledMcpjsonServers']))));
  const off = new Set(textsIn(ofProject['disabledMcpServers']));
  const ofFile = new Set([...textsIn(ofProject['disabledMcpjsonServers']), ...refused.flat()]);
  return (name, scope) => off.has(name) || (scope === 'project' && ofFile.has(name));
}

async function valueIn(path: string, place: readonly string[]): Promise<unknown> {
  try {
    const text = await readConfigText(path);
    return text === null ? undefined : jsonValueAt(parseJsonFile(path, text), [...place]);
  } catch (error) {
    if (AppError.is(error)) return undefined;
    throw error;
  }
}
