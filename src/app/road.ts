/** @module app/road: hands the pipeline its ports. */
import { createPipeline, type Pipeline } from '../calls/runner.ts';
import type { CallGate } from '../contracts/approvals.ts';
import type { ApprovalsConfig } from '../contracts/approvals-config.ts';
import type { CallJournal, CallReport } from '../contracts/telemetry.ts';
import type { Foundation } from './foundation.ts';
import type { Generations } from './generations.ts';
import type { Guards } from './guards.ts';
import type { ProfileTargets } from './profiles.ts';

/** Calls since the start. */
export interface CallTotals {
  total: number;
  failed: number;
}

/** What hears of finished calls. */
export interface CallListeners {
  readonly journal: CallJournal;
  readonly totals: CallTotals;
}

/** The one road of this app. @param url where the HTTP door is, for people who decide about calls */
export function createRoad(
  foundation: Foundation,
  { identity, killSwitch }: Guards,
  generations: Generations,
  { journal, totals, profiles }: CallListeners & { readonly profiles: ProfileTargets },
  url: () => string | undefined = () => undefined,
): Pipeline {
  const { clock, audit, logger, meter } = foundation;
  const report = (call: CallReport): void => {
    totals.total += 1;
    if (call.outcome !== 'ok' && call.outcome !== 'input_required') totals.failed += 1;
    journal.record(call);
  };
  meter.gauge('switchyard_calls_running', 'Calls that hold a slot.', () => generations.limits.load().running);
  meter.gauge('switchyard_calls_queued', 'Calls that wait for a slot.', () => generations.limits.load().queued);
  return createPipeline({
    clock,
    identity,
    killSwitch,
    audit,
    approvals: lazyGate(foundation, generations, url),
    logger,
    report,
    enter: (profile, principal) => profiles.enter(profile, principal),
    limits: generations.limits,
    generation: generations.current,
    finished: meter.counter('switchyard_calls_total', 'Finished calls by door, kind of target and outcome.'),
    duration: meter.histogram('switchyard_call_duration_seconds', 'Time from arrival on the road to the recorded outcome, by kind of target.'),
  });
}

/** Loaded at the first call that a rule holds. */
function lazyGate(foundation: Foundation, generations: Generations, url: () => string | undefined): CallGate {
  const settings = (): ApprovalsConfig => generations.current().config.approvals;
  const linkTo = (id: string): string | undefined => {
    const base = url();
    return base === undefined ? undefined : `${base}/approvals#${id}`;
  };
  let loading: Promise<CallGate> | undefined;
  return {
    pass: async (held) => {
      loading ??= import('./approvals.ts').then(({ callGateOf }) => callGateOf(foundation, settings, linkTo));
      return await (await loading).pass(held);
    },
  };
}
