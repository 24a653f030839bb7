/** @module clients/gemini-switches: servers that the Gemini CLI knows and does not start. Their entries do not tell. */
import { dirname, join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import { readConfigText } from './config-file.ts';
import { jsonValueAt, parseJsonFile } from './json-edit.ts';

/** It compares names so. */
const normal = (name: string): string => name.toLowerCase().trim();
const namesIn = (list: unknown): readonly string[] | undefined =>
  Array.isArray(list) ? list.filter((name) => typeof name === 'string').map(normal) : undefined;

/**
 * Whether a server of a settings file is switched off: by `gemini mcp disable`, which keeps a file of its own beside the settings of
 * the person, or by `mcp.excluded` and `mcp.allowed` of the same file. A file of switches that cannot be read switches nothing off, as
 * there. Not looked at: lists of other scopes and of administrators, and what is off for one session.
 *
 * @see gemini-cli 0.61.0, packages/cli/src/config/mcp/mcpServerEnablement.ts
 * @throws AppError CLIENT_CONFIG_INVALID when the settings cannot be understood
 */
export async function geminiSwitches(path: string, text: string, userFile: string): Promise<(name: string) => boolean> {
  const settings = parseJsonFile(path, text);
  const excluded = namesIn(jsonValueAt(settings, ['mcp', 'excluded'])) ?? [];
  const allowed = namesIn(jsonValueAt(settings, ['mcp', 'allowed']));
  const states = await readStates(join(dirname(userFile), 'mcp-server-enablement.json'));
  return (name) => {
    const id = normal(name);
    const state = states.get(id);
    return excluded.includes(id) || allowed?.includes(id) === false || (isObject(state) && state['enabled'] === false);
  };
}

async function readStates(path: string): Promise<ReadonlyMap<string, unknown>> {
  try {
    const text = await readConfigText(path);
    const states = text === null ? {} : jsonValueAt(parseJsonFile(path, text), []);
    return new Map(isObject(states) ? Object.entries(states) : []);
  } catch (error) {
    if (AppError.is(error)) return new Map();
    throw error;
  }
}
