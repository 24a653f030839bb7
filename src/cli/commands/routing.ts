/** @module cli/commands/routing: `switchyard routing report`. */
import type { Command } from 'commander';
import type { NotEnoughData, ReportedEstimate, RoutingReport, TierCalibration, TierComparison } from '../../contracts/routing-report.ts';
import { formatUsd } from '../../contracts/budget-text.ts';
import { rfc3339 } from '../../core/clock.ts';
import { action, placeOf } from '../command.ts';
import type { Output } from '../output.ts';
import { parseDuration } from './keys.ts';

/** Registers the commands. */
export function registerRouting(program: Command): void {
  const routing = program.command('routing').description('Which models orchestrator_run chose, and what that is worth');
  routing
    .command('report')
    .description('Savings and quality from the journal of real runs')
    .option('--since <duration>', 'how far back, such as 12h or 90d', '90d')
    .action(
      action(async (output, options, { since }: { readonly since: string }) => {
        const { routingReport } = await import('../../app/tasks/routing.ts');
        const report = await routingReport(placeOf(options), parseDuration(since));
        output.result({ ...report, from: report.from === null ? null : rfc3339(report.from), to: report.to === null ? null : rfc3339(report.to) }, () =>
          describe(report, output),
        );
      }),
    );
}

function describe(report: RoutingReport, output: Output): string {
  const { runs, simulated_runs: simulated, unreadable_lines: unreadable, calibration } = report;
  if (runs === 0) return `No run of orchestrator_run in this time${simulated > 0 ? ` (${simulated} with simulated providers left out)` : ''}.`;
  return [
    `${countOf(runs, 'run')}${simulated > 0 ? `; ${simulated} with simulated providers left out` : ''}${unreadable > 0 ? `; ${countOf(unreadable, 'line')} of the journal cannot be read` : ''}.`,
    describeSavings(report.savings),
    describeQuality(report.quality),
    '',
    describeComparison(report.comparison, output),
    '',
    output.table([['TIER', 'MODEL', 'FIRST ATTEMPTS', 'PASS', 'PASSES UP TO SCORE'], ...calibration.map(calibrationRow)]),
  ].join('\n');
}

function describeSavings({
  runs,
  cost_micro_usd: cost,
  always_strong_micro_usd: strong,
  saved_share: saved,
  unpriced_runs: unpriced,
  comparisons_micro_usd: comparisons,
}: RoutingReport['savings']): string {
  const rest = `${unpriced > 0 ? ` The price of ${unpriced} runs is not known.` : ''}${comparisons > 0 ? ` Comparisons cost ${formatUsd(comparisons)} USD beside it.` : ''}`;
  if (saved === null) return `Cost: nothing to compare with.${rest}`;
  const words = saved >= 0 ? `${percent(saved)} saved` : `${percent(-saved)} more`;
  return `Cost: ${formatUsd(cost)} USD with judging, ${formatUsd(strong)} USD for the same tokens at the strongest tier: ${words} (${countOf(runs, 'run')}).${rest}`;
}

function describeQuality({ runs, pass_rate: rate, attempts_per_run: attempts }: RoutingReport['quality']): string {
  return `Quality: ${withInterval(rate, percent)} of ${runs} answers passed, by checks and judge; ${attempts?.toFixed(2) ?? '-'} attempts a run.`;
}

function describeComparison(comparison: TierComparison | NotEnoughData, output: Output): string {
  if (comparison.status === 'not_enough_data')
    return `Weakest against strongest tier: not enough data: ${comparison.have} of ${comparison.need} compared runs. ${comparison.how}`;
  const { runs, weak_quality: weak, strong_quality: strong, routers } = comparison;
  return [
    `Weakest against strongest tier, ${runs} compared runs: ${withInterval(weak, percent)} and ${withInterval(strong, percent)} passed.`,
    output.table([
      ['ROUTING BY', 'APGR', 'COST AT 95 %'],
      ...routers.map(({ router, apgr, cost_at_95: cost }) => [router.replace('_', ' '), withInterval(apgr, decimals), withInterval(cost, percent)]),
    ]),
  ].join('\n');
}

function calibrationRow({ tier, model, first_attempts: count, pass_rate: rate, passes_up_to_score: score }: TierCalibration): readonly string[] {
  const threshold = score === null ? 'none' : typeof score === 'number' ? String(score) : `not enough data (${score.have} of ${score.need})`;
  return [String(tier + 1), model, String(count), withInterval(rate, percent), threshold];
}

function withInterval(estimate: ReportedEstimate | null, show: (value: number) => string): string {
  return estimate === null ? 'not defined' : `${show(estimate.value)} (${show(estimate.low)} to ${show(estimate.high)})`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function decimals(value: number): string {
  return value.toFixed(3);
}
