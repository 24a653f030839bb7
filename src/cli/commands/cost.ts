/** @module cli/commands/cost: `switchyard cost`: what calls of models used. */
import type { Command } from 'commander';
import { formatUsd } from '../../contracts/budget-text.ts';
import { COST_GROUPINGS, type CostLine, type CostReport } from '../../contracts/cost.ts';
import { rfc3339 } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { action, placeOf } from '../command.ts';
import type { Output } from '../output.ts';
import { parseDuration } from './keys.ts';

/** Registers the command. */
export function registerCost(program: Command): void {
  program
    .command('cost')
    .description('What calls of models used: requests, tokens, cost')
    .option('--since <duration>', 'how far back, such as 12h or 7d', '7d')
    .option('--by <grouping>', 'day, key, team or model', 'day')
    .action(
      action(async (output, options, given: { readonly since: string; readonly by: string }) => {
        const { costOfHome } = await import('../../app/tasks/cost.ts');
        const by = COST_GROUPINGS.find((known) => known === given.by);
        if (by === undefined) throw new AppError('USAGE', { message: `Unknown grouping: ${given.by}.`, fix: `Use one of: ${COST_GROUPINGS.join(', ')}.` });
        const report = await costOfHome(placeOf(options), parseDuration(given.since), by);
        output.result({ ...report, from: rfc3339(report.from), to: rfc3339(report.to) }, () => describe(report, output));
      }),
    );
}

function describe({ by, lines, total }: CostReport, output: Output): string {
  if (!total) return 'No call of a model used anything in this time.';
  const table = output.table([
    [by.toUpperCase(), 'REQUESTS', 'INPUT TOKENS', 'OUTPUT TOKENS', 'COST (USD)'],
    ...lines.map((line) => row(line.name === null ? line.group || '(none)' : `${line.group} ${line.name}`, line)),
    row('total', total),
  ]);
  const { unpricedRequests, unmeasuredRequests, estimatedRequests, requests } = total;
  const notes = [
    unpricedRequests > 0 ? `The price of ${unpricedRequests} of ${requests} requests is not known: set it under models.prices.` : '',
    unmeasuredRequests > 0 ? `The tokens of ${unmeasuredRequests} of ${requests} requests are not known.` : '',
    estimatedRequests > 0 ? `${estimatedRequests} of ${requests} requests hold estimates.` : '',
  ].filter((note) => note !== '');
  return [table, ...notes].join('\n');
}

function row(name: string, line: CostLine): readonly string[] {
  const { requests, inputTokens, outputTokens, costMicroUsd, unpricedRequests, unmeasuredRequests } = line;
  return [
    name,
    String(requests),
    known(inputTokens, unmeasuredRequests, String),
    known(outputTokens, unmeasuredRequests, String),
    known(costMicroUsd, unpricedRequests, formatUsd),
  ];
}

/** `unknown`, the number, or what of it is known. */
function known(amount: number | null, unknownRequests: number, show: (amount: number) => string): string {
  if (amount === null) return 'unknown';
  return unknownRequests === 0 ? show(amount) : `${show(amount)} + unknown (${unknownRequests})`;
}
