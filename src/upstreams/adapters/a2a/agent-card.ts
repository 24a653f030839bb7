/**
 * @module upstreams/adapters/a2a/agent-card: what an agent says about itself.
 *
 * @see A2A 1.0, "Agent Card"; of 0.3 what differs
 */
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';

/** One thing the agent can do. */
export interface AgentSkill {
  readonly id: string;
  readonly description: string;
}

/** As far as a caller needs it. */
export interface AgentCard {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly skills: readonly AgentSkill[];
  /** Where its JSON-RPC interface is. */
  readonly url: string;
  readonly revision: '1.0' | '0.3';
}

const MAX_SKILLS = 500;
const MAX_WORDS = 4096;
const textAt = (value: JsonObject, key: string): string => (typeof value[key] === 'string' ? value[key] : '');
const listAt = (value: JsonObject, key: string): readonly unknown[] => (Array.isArray(value[key]) ? value[key] : []);

/** @throws AppError UPSTREAM_INVALID for what is no card, or one without JSON-RPC */
export function readAgentCard(value: unknown): AgentCard {
  if (!isObject(value) || textAt(value, 'name') === '') throw invalid('it is no agent card');
  const skills = listAt(value, 'skills').filter(isObject).map(readSkill);
  if (skills.length === 0 || skills.length > MAX_SKILLS) throw invalid(`it names ${skills.length} skills; from 1 to ${MAX_SKILLS} are taken`);
  return {
    name: textAt(value, 'name').slice(0, 200),
    version: textAt(value, 'version').slice(0, 100) || 'unknown',
    description: textAt(value, 'description').slice(0, MAX_WORDS),
    skills,
    ...interfaceOf(value),
  };
}

function readSkill(skill: JsonObject): AgentSkill {
  const examples = listAt(skill, 'examples').filter((example) => typeof example === 'string');
  const words = [textAt(skill, 'name'), textAt(skill, 'description'), examples.length === 0 ? '' : `Examples: ${examples.slice(0, 5).join(' · ')}`];
  const description = words.filter((word) => word !== '').join('\n');
  return { id: textAt(skill, 'id') || textAt(skill, 'name'), description: description.slice(0, MAX_WORDS) };
}

/** The newest revision that is spoken here. */
function interfaceOf(card: JsonObject): Pick<AgentCard, 'url' | 'revision'> {
  const offered = listAt(card, 'supportedInterfaces')
    .filter(isObject)
    .filter((one) => textAt(one, 'protocolBinding') === 'JSONRPC');
  for (const revision of ['1.0', '0.3'] as const) {
    const found = offered.find((one) => textAt(one, 'protocolVersion').startsWith(revision));
    if (found) return { url: textAt(found, 'url'), revision };
  }
  const preferred = textAt(card, 'preferredTransport') || 'JSONRPC';
  if (offered.length === 0 && preferred === 'JSONRPC' && textAt(card, 'url') !== '') return { url: textAt(card, 'url'), revision: '0.3' };
  const additional = listAt(card, 'additionalInterfaces')
    .filter(isObject)
    .find((one) => textAt(one, 'transport') === 'JSONRPC');
  if (additional) return { url: textAt(additional, 'url'), revision: '0.3' };
  throw invalid('it offers no interface over JSON-RPC of A2A 1.0 or 0.3');
}

function invalid(reason: string): AppError {
  return new AppError('UPSTREAM_INVALID', {
    message: `The agent cannot be used: ${reason}.`,
    fix: 'Check upstreams.<name>.url: it is the URL of an agent card, or of the server that has one.',
  });
}
