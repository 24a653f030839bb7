/** @module doors/admin/approvals-page: what waits for a person's yes, as a page with forms. */
import type { AppError } from '../../core/errors.ts';
import { revealText } from '../../core/visible-text.ts';
import type { ApprovalQueue, KeptCall, ShownApproval, ShownUpstream } from '../../contracts/approvals.ts';
import type { ScanFinding, UpstreamIdentity } from '../../contracts/pins.ts';
import { html, type Html } from './html.ts';
import { frame, timeOf, topOf } from './page.ts';
import { SCRIPT } from './script.ts';
import { waitingOf } from './waiting.ts';

/** Where the page is, and its forms lead. */
export const APPROVALS_PATH = '/approvals';

/** What to tell above the queue: what was just decided, or why it was not. */
export interface ApprovalsNews {
  readonly done?: string;
  readonly problem?: AppError;
}

/** Characters of diffs on one page. What does not fit is neither shown nor decided here: nobody approves what was not shown. */
const MAX_DIFF_CHARACTERS = 2_000_000;

const REASONS: Readonly<Record<ShownApproval['reason'], readonly ['idle' | 'warn' | 'no', string]>> = {
  new: ['idle', 'New'],
  changed: ['warn', 'Changed'],
  'identity-changed': ['warn', 'Another program or URL'],
  suspicious: ['no', 'Suspicious'],
  unusable: ['no', 'Cannot be used'],
};
const STATES: Readonly<Record<KeptCall['state'], readonly ['ok' | 'warn' | 'no', string]>> = {
  waiting: ['warn', 'Waits'],
  approved: ['ok', 'Approved'],
  refused: ['no', 'Refused'],
};

/** The whole page. Ids stand for exactly what is shown: a decision about anything else is refused. */
export function renderApprovalsPage(queue: ApprovalQueue, news: ApprovalsNews | undefined): string {
  const { calls, upstreams } = fitting(queue);
  const waiting = calls.filter(({ state }) => state === 'waiting');
  const decided = calls.filter(({ state }) => state !== 'waiting');
  const open = upstreams.map((one) => ({ ...one, pending: one.pending.filter(({ isRejected }) => !isRejected) })).filter(({ pending }) => pending.length > 0);
  const rejected = upstreams.flatMap(({ pending }) => pending.filter(({ isRejected }) => isRejected));
  const sum = waitingOf([...waiting, ...open.flatMap(({ pending }) => pending)].map(({ id }) => id));
  return frame(
    'Approvals',
    html`${topOf({ page: 'approvals', detail: '', waiting: sum, marks: html`<span id="live" class="pill idle" role="status">Not live</span>` })}
<main>
<p id="stale" class="note" role="status" data-queue="${sum.digest}" hidden>Something changed since this page was made. <a href="${APPROVALS_PATH}">Look again</a></p>
<noscript><p class="note">Without scripts nothing can be decided here. On the command line: <code>switchyard approvals</code></p></noscript>
${renderNews(news)}
${sum.count === 0 && html`<section><h2>Nothing waits for you</h2><p class="none">New and changed definitions of upstream servers, and calls that a rule of the policy holds, wait here for your yes.</p></section>`}
${waiting.length > 0 && html`<section aria-labelledby="calls-title"><h2 id="calls-title">Calls that a rule holds <span class="soft">${waiting.length}</span></h2>${waiting.map((call) => renderCall(call))}</section>`}
${open.map((one, at) => renderUpstream(one, at))}
${rejected.length + decided.length > 0 && html`<section aria-labelledby="decided-title"><h2 id="decided-title">Decided</h2>${decided.map((call) => fold(call.id, `${STATES[call.state][1]}: ${call.target}`, renderCall(call)))}${rejected.map((item) => fold(item.id, `Refused: ${item.kind} ${item.shownName} of ${item.upstream}`, renderDefinition(item)))}</section>`}
</main>
<footer>Every decision is written to the audit log before it acts. The same on the command line: <code>switchyard approvals</code>.</footer>`,
    { script: SCRIPT },
  );
}

function renderNews(news: ApprovalsNews | undefined): Html {
  if (news?.problem)
    return html`<section class="alert" role="alert"><h2>Nothing was decided</h2><p>${news.problem.message}</p><p>${news.problem.fix}</p></section>`;
  return news?.done === undefined ? html`` : html`<p class="note done" role="status">${revealText(news.done)}</p>`;
}

function renderCall(call: KeptCall): Html {
  const [kind, label] = STATES[call.state];
  const title = `${call.id}-title`;
  const given =
    call.state === 'approved'
      ? html`${countOf(call.usesLeft)} left until ${timeOf(call.expiresAt)}, by ${revealText(call.decidedBy ?? '')}`
      : html`until ${timeOf(call.expiresAt)}${call.decidedBy !== null && html`, by ${revealText(call.decidedBy)}`}`;
  return html`<article class="item" id="${call.id}" aria-labelledby="${title}">
<h3 id="${title}"><span class="badge ${kind}">${label}</span> <span class="name">${revealText(call.target)}</span></h3>
<p>${revealText(call.reason)} <span class="soft">${call.rules.join(', ')}</span></p>
<p class="soft">By <span class="name">${revealText(call.principal)}</span>${call.client !== null && html` (${revealText(call.client)})`}, asked ${timeOf(call.at)}, ${given}</p>
<pre tabindex="0" aria-label="Arguments">${call.arguments}</pre>
${call.state === 'waiting' && renderDecision({ id: call.id, title, terms: call, isWarned: false })}
</article>`;
}

function renderUpstream({ upstream, snapshot, pending }: ShownUpstream, at: number): Html {
  const usable = pending.filter(({ definition }) => definition !== null);
  const isWhole = usable.length > 1 && usable.every(({ diff }) => diff !== null);
  const title = `upstream-${at}-title`;
  return html`<section aria-labelledby="${title}"><h2 id="${title}">Definitions of ${revealText(upstream)} <span class="soft">${pending.length}</span></h2>
<p class="soft">${pending[0] && describeIdentity(pending[0].identity)}</p>
${pending.map((item) => renderDefinition(item))}
${isWhole && html`<div class="whole"><p id="${title}-all">All ${usable.length} of ${revealText(upstream)}, exactly as shown:</p>${renderDecision({ id: snapshot, title: `${title}-all`, isWarned: pending.some(({ findings }) => findings.length > 0), isAll: true })}</div>`}
</section>`;
}

function renderDefinition(item: ShownApproval): Html {
  const [kind, label] = REASONS[item.reason];
  const title = `d-${item.id}-title`;
  return html`<article class="item" id="d-${item.id}" aria-labelledby="${title}">
<h3 id="${title}"><span class="badge ${kind}">${label}</span> ${item.kind} <span class="name">${item.shownName}</span></h3>
${item.findings.length > 0 && html`<ul class="findings">${item.findings.map(renderFinding)}</ul>`}
${item.diff === null ? html`<p class="none">${whyHidden(item)}</p>` : html`<pre class="diff" tabindex="0" aria-label="What changed">${item.diff.split('\n').map(renderLine)}</pre>`}
<p class="soft">Waits since ${timeOf(item.since)}</p>
${item.diff !== null && renderDecision({ id: item.id, title, isWarned: item.findings.length > 0 || item.reason === 'suspicious', isRefused: item.isRejected })}
</article>`;
}

function renderFinding({ rule, pointer, excerpt }: ScanFinding): Html {
  return html`<li><b>${rule}</b> <span class="soft">${revealText(pointer)}</span> ${revealText(excerpt)}</li>`;
}

/** The first two lines name what is compared. */
function renderLine(line: string, at: number): Html {
  const kind = at < 2 ? 'place' : line.startsWith('+') ? 'add' : line.startsWith('-') ? 'del' : line.startsWith('@@') ? 'place' : 'same';
  return html`<span class="${kind}">${line}\n</span>`;
}

interface Decision {
  readonly id: string;
  /** Id of the element that says what it is about. */
  readonly title: string;
  /** What a yes to a call is good for at most. */
  readonly terms?: Pick<KeptCall, 'uses' | 'validSeconds'>;
  readonly isWarned: boolean;
  readonly isRefused?: boolean;
  readonly isAll?: boolean;
}

function renderDecision({ id, title, terms, isWarned, isRefused = false, isAll = false }: Decision): Html {
  const [yes, no] = isAll ? ['Approve all', 'Refuse all'] : ['Approve', 'Refuse'];
  const bounds =
    terms &&
    html`<label>Calls <input type="number" name="uses" min="1" max="${terms.uses}" value="${terms.uses}"></label><label>Seconds <input type="number" name="validSeconds" min="1" max="${terms.validSeconds}" value="${terms.validSeconds}"></label>`;
  return html`<form method="post" action="${APPROVALS_PATH}"><input type="hidden" name="key"><input type="hidden" name="id" value="${id}">${bounds}<button name="decision" value="approve" class="${isWarned ? 'risky' : 'yes'}" aria-describedby="${title}">${isWarned ? `${yes} anyway` : yes}</button>${!isRefused && html`<button name="decision" value="reject" aria-describedby="${title}">${no}</button>`}</form>`;
}

function fold(id: string, summary: string, content: Html): Html {
  return html`<details id="fold-${id}"><summary>${revealText(summary)}</summary>${content}</details>`;
}

function whyHidden({ definition, hash, id }: ShownApproval): string {
  if (hash === null || definition === null) return 'The definition was not kept: it is too large, or cannot be used, and cannot be approved.';
  return `There is more to read than fits on this page: switchyard --json approvals show ${id}`;
}

function describeIdentity(identity: UpstreamIdentity): Html {
  if (identity.transport !== 'stdio') return html`<span class="name">${revealText(identity.url)}</span>`;
  return html`<span class="name">${revealText([identity.command, ...identity.args].join(' '))}</span>`;
}

/** The queue with the diffs that there is room for. */
function fitting({ calls, upstreams }: ApprovalQueue): ApprovalQueue {
  let room = MAX_DIFF_CHARACTERS;
  const fit = (item: ShownApproval): ShownApproval => {
    room -= item.diff?.length ?? 0;
    return room < 0 || !item.isDiffWhole ? { ...item, diff: null } : item;
  };
  return { calls, upstreams: upstreams.map((one) => ({ ...one, pending: one.pending.map(fit) })) };
}

function countOf(uses: number): string {
  return uses === 1 ? 'one call' : `${uses} calls`;
}
