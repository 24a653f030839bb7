/** @module cli/commands/approvals: `switchyard approvals ls|show|approve|reject`: definitions that wait for a person. */
import type { Command } from 'commander';
import type { ShownApproval, ShownUpstream } from '../../contracts/approvals.ts';
import { rfc3339 } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { action, placeOf } from '../command.ts';
import type { Output } from '../output.ts';

/** Registers the commands. */
export function registerApprovals(program: Command): void {
  const approvals = program.command('approvals').description('What waits for your yes: new and changed definitions of upstream servers');
  approvals
    .command('ls', { isDefault: true })
    .description('List what waits')
    .option('--all', 'also what was rejected')
    .action(
      action(async (output, options, { all = false }: { readonly all?: boolean }) => {
        const { listApprovals } = await import('../../app/tasks/approvals.ts');
        const upstreams = (await listApprovals(placeOf(options))).map((one) => ({
          ...one,
          pending: one.pending.filter(({ isRejected }) => all || !isRejected),
        }));
        const waiting = upstreams.filter(({ pending }) => pending.length > 0);
        output.result(
          waiting.map(({ pending, ...one }) => ({ ...one, pending: pending.map(withoutTexts) })),
          () => listText(output, waiting),
        );
      }),
    );
  approvals
    .command('show <what...>')
    .description('Show what changed: an upstream, or ids')
    .action(
      action(async (output, options, what: readonly string[]) => {
        const { listApprovals } = await import('../../app/tasks/approvals.ts');
        const chosen = choose(await listApprovals(placeOf(options)), what);
        output.result(chosen, () => chosen.map((one) => upstreamText(output, one)).join('\n\n'));
      }),
    );
  decision(approvals, 'approve', 'Approve exactly what the ids stand for: definitions, or an upstream as `show` printed it');
  decision(approvals, 'reject', 'Refuse what the ids stand for: it stays hidden and does not count as waiting');
}

function decision(approvals: Command, verb: 'approve' | 'reject', description: string): void {
  approvals
    .command(`${verb} <id...>`)
    .description(description)
    .action(
      action(async (output, options, ids: readonly string[]) => {
        const { decideApprovals } = await import('../../app/tasks/approvals.ts');
        const decided = await decideApprovals(placeOf(options), verb, ids);
        const done = verb === 'approve' ? 'Approved' : 'Rejected';
        output.result(
          { decision: verb, decided: decided.map(({ id, upstream, kind, name, hash }) => ({ id, upstream, kind, name, hash })) },
          `${done}: ${decided.map(({ upstream, kind, name }) => `${kind} ${JSON.stringify(name)} of ${upstream}`).join(', ')}.${verb === 'approve' ? ' Commit switchyard.lock.' : ''}`,
        );
      }),
    );
}

/** @throws AppError APPROVAL_UNKNOWN */
function choose(upstreams: readonly ShownUpstream[], what: readonly string[]): readonly ShownUpstream[] {
  const chosen = upstreams.flatMap((one) => {
    const isWhole = what.includes(one.upstream) || what.includes(one.snapshot);
    const pending = isWhole ? one.pending : one.pending.filter(({ id }) => what.includes(id));
    return pending.length === 0 ? [] : [{ ...one, pending }];
  });
  const missing = what.find(
    (name) => !chosen.some(({ upstream, snapshot, pending }) => name === upstream || name === snapshot || pending.some(({ id }) => id === name)),
  );
  if (missing !== undefined) throw new AppError('APPROVAL_UNKNOWN', { message: `Nothing waits under ${missing}.` });
  return chosen;
}

function withoutTexts({ definition: _definition, previous, diff: _diff, ...item }: ShownApproval): unknown {
  return { ...item, previousHash: previous?.hash ?? null };
}

function listText(output: Output, waiting: readonly ShownUpstream[]): string {
  if (waiting.length === 0) return 'Nothing waits for approval.';
  const rows = waiting.flatMap(({ upstream, pending }) =>
    pending.map(({ id, kind, shownName, reason, findings, since, isRejected }) => [
      id,
      upstream,
      kind,
      shownName,
      isRejected ? `${reason}, rejected` : reason,
      findings.map(({ rule }) => rule).join(',') || '-',
      rfc3339(since),
    ]),
  );
  return `${output.table([['ID', 'UPSTREAM', 'KIND', 'NAME', 'REASON', 'SCAN', 'SINCE'], ...rows])}\n\nLook at what changed: switchyard approvals show ${waiting[0]?.upstream ?? ''}`;
}

function upstreamText(output: Output, { upstream, snapshot, pending }: ShownUpstream): string {
  const items = pending.map(({ id, kind, shownName, reason, findings, diff }) => {
    const scan = findings.map(({ rule, score, pointer, excerpt }) => `  ${output.style('yellow', rule)} ${score} ${pointer}: ${excerpt}`);
    return [
      `${output.style('bold', `${kind} ${shownName}`)} of ${upstream}: ${reason} (${id})`,
      ...scan,
      ...(diff ?? 'The definition was not kept: it cannot be approved.').split('\n').map((line) => colour(output, line)),
    ].join('\n');
  });
  return `${items.join('\n\n')}\n\nApprove one: switchyard approvals approve <id>. All of ${upstream} as shown here: switchyard approvals approve ${snapshot}`;
}

function colour(output: Output, line: string): string {
  const style = line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : line.startsWith('@@') ? 'cyan' : undefined;
  return style === undefined ? line : output.style(style, line);
}
