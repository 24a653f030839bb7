import { describe, expect, it } from 'vitest';
import { readCatalogue, readTasks } from '../../../../bench/tools/tool-search-data.ts';
import { estimateTokens } from '../../../../src/tools/search/cost.ts';
import { metaDefinitions } from '../../../../src/tools/search/definitions.ts';
import { createRanking, sharesWord } from '../../../../src/tools/search/ranking.ts';
import { nameShapes, stem, stemsOf } from '../../../../src/tools/search/words.ts';
import { startCpuWatch } from '../../../helpers/cpu-watch.ts';

describe('words', () => {
  it('are compared by their stems, however a name is written', () => {
    for (const text of ['createPullRequests', 'create_pull_request', 'Creating pull requests', 'creates PULL-REQUEST'])
      expect(stemsOf(text)).toEqual(stemsOf('create pull request'));
    expect(['queries', 'boxes', 'stopped', 'status', 'bus', 'is'].map(stem)).toEqual(['query', 'box', 'stop', 'status', 'bus', 'is']);
  });

  it('name what has a shape of its own', () => {
    expect(nameShapes('close SHOP-17')).toContain('ticket');
    expect(nameShapes('post in #general')).toContain('channel');
    expect(nameShapes('to ada@example.org')).toContain('email');
  });

  it('take time in proportion to the text', () => {
    const text = `${'a.'.repeat(200_000)} ${'#'.repeat(200_000)} ${'A-'.repeat(200_000)}`;
    const cpuMs = startCpuWatch();
    stemsOf(text);
    for (const hostile of ['a.', '#', 'A-', 'a@a.', 'a.b/']) stemsOf(nameShapes(hostile.repeat(200_000)));
    expect(cpuMs()).toBeLessThan(2000);
  });
});

describe('the labelled tasks', () => {
  const [tools, tasks] = [readCatalogue(), readTasks()];

  // @requirement T13.e
  it('are at least 150, of 400 tools of 20 servers, and at least half share no word with the name of the tool', () => {
    const names = new Set(tools.map(({ name }) => name));
    expect([tools.length, names.size, new Set(tools.map(({ category }) => category)).size]).toEqual([400, 400, 20]);
    expect(tasks.length).toBeGreaterThanOrEqual(150);
    for (const task of tasks) for (const name of task.tools) expect(names, task.text).toContain(name);
    const unlike = tasks.filter((task) => !task.tools.some((name) => sharesWord(task.text, name)));
    expect(unlike.length / tasks.length).toBeGreaterThanOrEqual(0.5);
    // The check can fail: a task that says the name shares a word with it.
    expect(sharesWord('Please create the pull requests', 'repo__create_pull_request')).toBe(true);
  });

  // @requirement T13.e
  it('find their tool among the first five as often as docs/performance.md says, less a margin', () => {
    const ranking = createRanking(tools);
    const heldOut = tasks.filter(({ isHeldOut }) => isHeldOut);
    const found = heldOut.filter((task) => ranking.search(task.text, 5).some(({ index }) => task.tools.includes(tools[index]?.name ?? '')));
    expect(found.length / heldOut.length).toBeGreaterThan(0.68);
  });

  // @requirement T13.d
  it('cost a fortieth with the search tools', () => {
    expect(estimateTokens(metaDefinitions()) / estimateTokens(tools.map(({ definition }) => definition))).toBeLessThan(0.04);
  });
});

describe('a search', () => {
  const tool = (name: string, description: string, parameters: Record<string, string> = {}): Parameters<typeof createRanking>[0][number] => ({
    name,
    category: 'x',
    definition: {
      name,
      description,
      inputSchema: { type: 'object', properties: Object.fromEntries(Object.entries(parameters).map(([key, text]) => [key, { description: text }])) },
    },
  });

  // @requirement T13.a
  it('looks at names, descriptions, names of parameters and what is said of them', () => {
    const ranking = createRanking([
      tool('alpha', 'Nothing.'),
      tool('one', 'Measures the temperature.'),
      tool('two', 'Nothing.', { humidity: '' }),
      tool('three', 'Nothing.', { q: 'the barometer' }),
    ]);
    expect(ranking.search('alpha', 1)[0]?.index).toBe(0);
    expect(ranking.search('temperature', 1)[0]?.index).toBe(1);
    expect(ranking.search('humidity', 1)[0]?.index).toBe(2);
    expect(ranking.search('barometer', 1)[0]?.index).toBe(3);
  });

  it('bears any text, and finds nothing for none', () => {
    const ranking = createRanking([tool('alpha', 'Nothing.')]);
    for (const text of ['', '   ', '\u0000', '🚀', 'the of and', '"alpha" AND (', 'constructor __proto__', 'a'.repeat(1000)])
      expect(Array.isArray(ranking.search(text, 5))).toBe(true);
    expect(ranking.search('the of and', 5)).toEqual([]);
    expect(ranking.search('alpha', 5, () => false)).toEqual([]);
  });
});
