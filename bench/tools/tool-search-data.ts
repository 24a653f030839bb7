/** The catalogue and the tasks of the tool search benchmark, read from bench/data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/paths.ts';
import type { Searchable } from '../../src/tools/search/ranking.ts';

export interface Task {
  readonly text: string;
  /** Names of the tools that do it. */
  readonly tools: readonly string[];
  /** Held out: not looked at while the ranking was tuned. */
  readonly isHeldOut: boolean;
}

export interface CatalogueTool extends Searchable {
  /** The server's own name for it. */
  readonly own: string;
}

const linesOf = (name: string): string[] =>
  readFileSync(join(root, 'bench/data', name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** In the order of the file, under the names that the gateway gives them. */
export function readCatalogue(): readonly CatalogueTool[] {
  return linesOf('tool-search-catalogue.txt').map((line) => {
    const [head = '', description = '', parameters = ''] = line.split('|').map((part) => part.trim());
    const [category = '', own = ''] = head.split(' ');
    return { category, own, name: `${category}__${own}`, definition: { name: `${category}__${own}`, description, inputSchema: schemaOf(parameters) } };
  });
}

function schemaOf(parameters: string): { type: 'object'; properties: Record<string, { type: string; description: string }>; required: string[] } {
  const entries = parameters.split(';').flatMap((text): (readonly [string, string])[] => {
    const [name = '', description = ''] = text.split(':').map((part) => part.trim());
    return name === '' ? [] : [[name, description]];
  });
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, description]) => [name.replace('?', ''), { type: 'string', description }])),
    required: entries.filter(([name]) => !name.endsWith('?')).map(([name]) => name),
  };
}

export function readTasks(): readonly Task[] {
  return linesOf('tool-search-tasks.txt').map((line, index) => {
    const [text = '', tools = ''] = line.split('=>').map((part) => part.trim());
    return { text, tools: tools.split(',').map((tool) => tool.trim()), isHeldOut: index % 2 === 1 };
  });
}
