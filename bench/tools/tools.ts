/**
 * `npm run bench:tools`: what 400 tools cost a model, and whether a search finds the right one. The last line is one JSON
 * object. Nothing is timed against a clock but the search itself; everything else is counted. Method: docs/performance.md.
 */
import MiniSearch from 'minisearch';
import { performance } from 'node:perf_hooks';
import { metaDefinitions } from '../../src/tools/search/definitions.ts';
import { estimateTokens } from '../../src/tools/search/cost.ts';
import { createRanking, sharesWord } from '../../src/tools/search/ranking.ts';
import { readCatalogue, readTasks, type Task } from './tool-search-data.ts';

const LIMIT = 5;
/** The floor: the same library and fields as it comes, without stems, synonyms, weights and what follows from them. */
function createPlainSearch(tools: ReturnType<typeof readCatalogue>): (task: Task) => readonly string[] {
  const index = new MiniSearch({ fields: ['name', 'category', 'description', 'parameters'] });
  index.addAll(
    tools.map(({ name, category, definition }, id) => ({
      id,
      category,
      name: name.replaceAll('_', ' '),
      description: definition['description'],
      parameters: JSON.stringify(definition['inputSchema']),
    })),
  );
  return ({ text }) =>
    index
      .search(text)
      .slice(0, LIMIT)
      .map(({ id }) => tools[Number(id)]?.name ?? '');
}
const tools = readCatalogue();
const tasks = readTasks();
const builtAt = performance.now();
const ranking = createRanking(tools);
const indexMs = performance.now() - builtAt;
const foundBy = (task: Task): readonly string[] => ranking.search(task.text, LIMIT).map(({ index }) => tools[index]?.name ?? '');
const share = (of: readonly Task[], top: number, search = foundBy): number =>
  Number(
    (
      of.filter((task) =>
        search(task)
          .slice(0, top)
          .some((name) => task.tools.includes(name)),
      ).length / Math.max(of.length, 1)
    ).toFixed(3),
  );

const searchedAt = performance.now();
for (const task of tasks) foundBy(task);
const searchMs = (performance.now() - searchedAt) / tasks.length;
const isUnlike = (task: Task): boolean => !task.tools.some((name) => sharesWord(task.text, name));
const heldOut = tasks.filter((task) => task.isHeldOut);
const tuned = tasks.filter((task) => !task.isHeldOut);
const plain = createPlainSearch(tools);
const before = estimateTokens(tools.map(({ definition }) => definition));
const after = estimateTokens(metaDefinitions());

process.stdout.write(
  `${tools.length} tools of ${new Set(tools.map(({ category }) => category)).size} servers: about ${before} tokens in tools/list; with the search tools ${after}.\n` +
    `${tasks.length} tasks, ${tasks.filter(isUnlike).length} of which share no word with the name of a tool that does them.\n` +
    `The right tool is among the first five of ${share(heldOut, LIMIT) * 100} % of the tasks that were held out (first: ${share(heldOut, 1) * 100} %); with MiniSearch as it comes, of ${share(heldOut, LIMIT, plain) * 100} %.\n`,
);
process.stdout.write(
  `${JSON.stringify({
    tools: tools.length,
    listTokensBefore: before,
    listTokensAfter: after,
    listTokensRatio: Number((after / before).toFixed(3)),
    tasks: tasks.length,
    heldOutTasks: heldOut.length,
    shareWithoutCommonWord: Number((tasks.filter(isUnlike).length / tasks.length).toFixed(3)),
    top5HeldOut: share(heldOut, LIMIT),
    top1HeldOut: share(heldOut, 1),
    top5HeldOutWithoutCommonWord: share(heldOut.filter(isUnlike), LIMIT),
    top5Tuned: share(tuned, LIMIT),
    top5HeldOutPlain: share(heldOut, LIMIT, plain),
    top1HeldOutPlain: share(heldOut, 1, plain),
    indexMs: Number(indexMs.toFixed(1)),
    searchMs: Number(searchMs.toFixed(2)),
  })}\n`,
);
