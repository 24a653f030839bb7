/** The page of what waits: which part is shown when, and what each says. */
import { describe, expect, it } from 'vitest';
import type { ApprovalQueue, KeptCall, ShownApproval } from '../../../../src/contracts/approvals.ts';
import { AppError } from '../../../../src/core/errors.ts';
import { renderApprovalsPage, type ApprovalsNews } from '../../../../src/doors/admin/approvals-page.ts';
import { heldCall, shownApproval } from '../../../helpers/approval-queue.ts';

/** The text of the page's main part, without marks, one line for each run of text. */
const textOf = (queue: Partial<ApprovalQueue>, news?: ApprovalsNews): string =>
  /<main>.*<\/main>/s
    .exec(renderApprovalsPage({ calls: [], upstreams: [], ...queue }, news))?.[0]
    .replace(/<noscript>.*?<\/noscript>|<p id="stale".*?<\/p>/gs, '')
    .replace(/<[^>]+>/g, '\n')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('|') ?? '';
const call = (members: Partial<KeptCall> = {}): string => textOf({ calls: [heldCall(members)] });
const definitions = (...pending: readonly ShownApproval[]): string => textOf({ upstreams: [{ upstream: 'shop', snapshot: 'aaaaaaaaaaaa', pending }] });

describe('the page of what waits', () => {
  it('says that nothing waits, and shows no empty part', () => {
    expect(textOf({})).toMatch(/^Nothing waits for you\|New and changed definitions .* wait here for your yes\.$/);
  });

  it('shows a held call with its rule, its caller, its arguments and how far a yes goes', () => {
    expect(call({ client: 'cron/2' })).toBe(
      'Calls that a rule holds|1|Waits|tool:pay|Money.|ask:pay|By|test:user|(cron/2), asked|00:00:00|, until|02:46:40|{ &quot;to&quot;: &quot;bob&quot; }|Calls|Seconds|Approve|Refuse',
    );
    expect(call({ client: null })).toContain('By|test:user|, asked|00:00:00');
  });

  it('keeps what was decided apart, with who decided and what is left', () => {
    const approved = call({ state: 'approved', usesLeft: 1, decidedBy: 'key:boss' });
    expect(approved).toContain('Nothing waits for you');
    expect(approved).toContain('Decided|Approved: tool:pay|Approved|tool:pay');
    expect(approved).toContain('one call left until|02:46:40|, by key:boss');
    expect(approved).not.toContain('Refuse|');
    expect(call({ state: 'refused', decidedBy: 'key:boss' })).toContain('until|02:46:40|, by key:boss');
  });

  it.each([
    ['new', 'New', 'Approve'],
    ['changed', 'Changed', 'Approve'],
    ['identity-changed', 'Another program or URL', 'Approve'],
    ['suspicious', 'Suspicious', 'Approve anyway'],
  ] as const)('shows a definition that is %s with its diff', (reason, label, button) => {
    expect(definitions(shownApproval('bbbbbbbbbbbb', { reason }))).toBe(
      `Definitions of shop|1|https://shop.example/mcp|${label}|tool|pay|--- a|+++ b|@@ /description @@|+More.|Waits since|00:00:00|${button}|Refuse`,
    );
  });

  it('names what the scan found, and wants more than a yes then', () => {
    const findings = [{ rule: 'conceal-from-user', score: 100, pointer: '/description', excerpt: 'do not tell' }];
    const both = definitions(shownApproval('bbbbbbbbbbbb', { findings }), shownApproval('cccccccccccc'));
    expect(both).toContain('conceal-from-user|/description|do not tell|--- a');
    expect(both).toMatch(/Approve anyway\|Refuse\|New.*\|Approve\|Refuse\|All 2 of shop, exactly as shown:\|Approve all anyway\|Refuse all$/);
    expect(definitions(shownApproval('bbbbbbbbbbbb'), shownApproval('cccccccccccc'))).toMatch(/\|Approve all\|Refuse all$/);
  });

  it('lets what was refused be approved later, and counts it no more', () => {
    const refused = definitions(shownApproval('bbbbbbbbbbbb', { isRejected: true }));
    expect(refused).toContain('Nothing waits for you');
    expect(refused).toMatch(/Decided\|Refused: tool pay of shop\|.*\|Approve$/);
  });

  it('names the program of a server on this machine, and why something cannot be shown', () => {
    const identity = { transport: 'stdio', command: 'npx', args: ['-y', 'shop\u202e'], env: [] } as const;
    expect(definitions(shownApproval('bbbbbbbbbbbb', { identity }))).toContain('|npx -y shop⟨U+202E⟩|');
    expect(definitions(shownApproval('bbbbbbbbbbbb', { hash: null, definition: null, diff: null, isDiffWhole: false }))).toContain('cannot be approved.');
    expect(definitions(shownApproval('bbbbbbbbbbbb', { isDiffWhole: false }))).toContain('switchyard --json approvals show bbbbbbbbbbbb');
  });

  it('tells what was decided, or why nothing was', () => {
    expect(textOf({}, { done: 'Approved: tool pay of shop.' })).toMatch(/^Approved: tool pay of shop\.\|Nothing waits/);
    expect(textOf({}, { problem: new AppError('APPROVAL_UNKNOWN') })).toMatch(
      /^Nothing was decided\|Nothing waits under this id: .*\|Run &#96;switchyard approvals ls&#96;/,
    );
  });
});
