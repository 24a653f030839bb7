/** @module cli/commands/approvals: `switchyard approvals ls|show|approve|reject`: definitions and calls that wait for a person. */
import type { Command } from 'commander';
import type { ApprovalQueue, DecidedApproval, ShownApproval } from '../../contracts/approvals.ts';
import { AppError } from '../../core/errors.ts';
import { action, placeOf } from '../command.ts';
import { callText, listText, upstreamText } from './approvals-text.ts';

interface Terms {
  readonly uses?: string;
  readonly seconds?: string;
}

/** Registers the commands. */
export function registerApprovals(program: Command): void {
  const approvals = program
    .command('approvals')
    .description('What waits for your yes: calls that a rule holds, new and changed definitions of upstream servers');
  approvals
    .command('ls', { isDefault: true })
    .description('List what waits')
    .option('--all', 'also what was decided')
    .action(
      action(async (output, options, { all = false }: { readonly all?: boolean }) => {
        const { listApprovals } = await import('../../app/tasks/approvals.ts');
        const waiting = onlyWaiting(await listApprovals(placeOf(options)), all);
        output.result(
          { upstreams: waiting.upstreams.map(({ pending, ...one }) => ({ ...one, pending: pending.map(withoutTexts) })), calls: waiting.calls },
          () => listText(output, waiting),
        );
      }),
    );
  approvals
    .command('show <what...>')
    .description('Show the arguments of calls, or what changed: an upstream, or ids')
    .action(
      action(async (output, options, what: readonly string[]) => {
        const { listApprovals } = await import('../../app/tasks/approvals.ts');
        const chosen = choose(await listApprovals(placeOf(options)), what);
        output.result(chosen, () =>
          [...chosen.calls.map((call) => callText(output, call)), ...chosen.upstreams.map((one) => upstreamText(output, one))].join('\n\n'),
        );
      }),
    );
  decision(approvals, 'approve', 'Approve exactly what the ids stand for: calls, definitions, or an upstream as `show` printed it')
    .option('--uses <count>', 'calls that the yes is good for, at most what the rule says')
    .option('--seconds <count>', 'seconds that it holds, at most what the rule says');
  decision(approvals, 'reject', 'Refuse what the ids stand for: a definition stays hidden, a call is told so');
}

function decision(approvals: Command, verb: 'approve' | 'reject', description: string): Command {
  return approvals
    .command(`${verb} <id...>`)
    .description(description)
    .action(
      action(async (output, options, ids: readonly string[], { uses, seconds }: Terms) => {
        const { decideApprovals } = await import('../../app/tasks/approvals.ts');
        const decided = await decideApprovals(placeOf(options), verb, ids, { uses: toCount('--uses', uses), validSeconds: toCount('--seconds', seconds) });
        const done = verb === 'approve' ? 'Approved' : 'Rejected';
        const hasPins = verb === 'approve' && decided.some(({ kind }) => kind !== 'call');
        output.result({ decision: verb, decided }, `${done}: ${decided.map(nameOf).join(', ')}.${hasPins ? ' Commit switchyard.lock.' : ''}`);
      }),
    );
}

function nameOf({ kind, name, upstream }: DecidedApproval): string {
  return kind === 'call' ? `the call of ${name}` : `${kind} ${JSON.stringify(name)} of ${upstream ?? ''}`;
}

/** @throws AppError USAGE */
function toCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new AppError('USAGE', { message: `${option}: a whole number, 1 or more.` });
  return Number(text);
}

function onlyWaiting({ upstreams, calls }: ApprovalQueue, isAll: boolean): ApprovalQueue {
  const pending = upstreams.map((one) => ({ ...one, pending: one.pending.filter(({ isRejected }) => isAll || !isRejected) }));
  return { upstreams: pending.filter((one) => one.pending.length > 0), calls: calls.filter(({ state }) => isAll || state === 'waiting') };
}

/** @throws AppError APPROVAL_UNKNOWN */
function choose({ upstreams, calls }: ApprovalQueue, what: readonly string[]): ApprovalQueue {
  const chosen = upstreams.flatMap((one) => {
    const isWhole = what.includes(one.upstream) || what.includes(one.snapshot);
    const pending = isWhole ? one.pending : one.pending.filter(({ id }) => what.includes(id));
    return pending.length === 0 ? [] : [{ ...one, pending }];
  });
  const chosenCalls = calls.filter(({ id }) => what.includes(id));
  const isFound = (name: string): boolean =>
    chosenCalls.some(({ id }) => id === name) ||
    chosen.some(({ upstream, snapshot, pending }) => name === upstream || name === snapshot || pending.some(({ id }) => id === name));
  const missing = what.find((name) => !isFound(name));
  if (missing !== undefined) throw new AppError('APPROVAL_UNKNOWN', { message: `Nothing waits under ${missing}.` });
  return { upstreams: chosen, calls: chosenCalls };
}

function withoutTexts({ definition: _definition, previous, diff: _diff, isDiffWhole: _isDiffWhole, ...item }: ShownApproval): unknown {
  return { ...item, previousHash: previous?.hash ?? null };
}
