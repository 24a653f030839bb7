/** @module cli/commands/approvals-text: what waits for a person, as lines for a terminal. */
import type { ApprovalQueue, KeptCall, ShownUpstream } from '../../contracts/approvals.ts';
import { rfc3339 } from '../../core/clock.ts';
import { revealText } from '../../core/visible-text.ts';
import type { Output } from '../output.ts';

/** Both tables, and what to do next. */
export function listText(output: Output, { upstreams, calls }: ApprovalQueue): string {
  if (upstreams.length === 0 && calls.length === 0) return 'Nothing waits for approval.';
  return [...(calls.length === 0 ? [] : [callsTable(output, calls)]), ...(upstreams.length === 0 ? [] : [definitionsTable(output, upstreams)])].join('\n\n');
}

function callsTable(output: Output, calls: readonly KeptCall[]): string {
  const rows = calls.map(({ id, target, principal, rules, state, expiresAt }) => [id, target, principal, rules.join(','), state, rfc3339(expiresAt)]);
  return `${output.table([['ID', 'CALL', 'BY', 'RULE', 'STATE', 'UNTIL'], ...rows])}\n\nLook at the arguments: switchyard approvals show ${calls[0]?.id ?? ''}`;
}

function definitionsTable(output: Output, waiting: readonly ShownUpstream[]): string {
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

/** The definitions of an upstream that wait, with what changed. */
export function upstreamText(output: Output, { upstream, snapshot, pending }: ShownUpstream): string {
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

/** A held call with all of its arguments. */
export function callText(
  output: Output,
  { id, target, principal, client, rules, reason, by, arguments: shown, state, at, expiresAt, uses, validSeconds }: KeptCall,
): string {
  return [
    `${output.style('bold', target)} by ${revealText(principal)}${client === null ? '' : ` (${client})`}: ${state} (${id})`,
    `  ${reason} ${rules.join(', ')}; asked ${rfc3339(at)}, until ${rfc3339(expiresAt)}.`,
    `  A yes is good for ${uses === 1 ? 'one call' : `${uses} calls`} with exactly these arguments within ${validSeconds} seconds; ${by === 'caller' ? 'the person at the client may give it too' : 'only an operator gives it'}.`,
    shown,
    ...(state === 'waiting' ? ['', `Decide: switchyard approvals approve ${id}, or reject ${id}`] : []),
  ].join('\n');
}

function colour(output: Output, line: string): string {
  const style = line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : line.startsWith('@@') ? 'cyan' : undefined;
  return style === undefined ? line : output.style(style, line);
}
