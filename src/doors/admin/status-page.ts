/** @module doors/admin/status-page: the status page, whole and in the parts that change. */
import { ERRORS } from '../../core/errors.ts';
import type { ComponentStatus } from '../../contracts/status.ts';
import type { CallReport } from '../../contracts/telemetry.ts';
import { html, type Html } from './html.ts';
import { frame, renderWaiting, timeOf, topOf } from './page.ts';
import { SCRIPT } from './script.ts';
import type { StatusSnapshot } from './snapshot.ts';

/** How one client is connected, as texts to copy. */
export interface ConnectGuide {
  /** Such as `Claude Code`. */
  readonly client: string;
  readonly steps: readonly { readonly label: string; readonly text: string }[];
}

type Kind = 'ok' | 'no' | 'warn' | 'idle';

const PHASE: Readonly<Record<StatusSnapshot['phase'], readonly [Kind, string]>> = {
  new: ['idle', 'Starting'],
  starting: ['idle', 'Starting'],
  ready: ['ok', 'Ready'],
  stopping: ['warn', 'Stopping'],
  stopped: ['no', 'Stopped'],
  failed: ['no', 'Failed'],
};
const COMPONENT: Readonly<Record<ComponentStatus['state'], Kind>> = { up: 'ok', degraded: 'warn', down: 'no', off: 'idle' };

/** The whole page. */
export function renderStatusPage(snapshot: StatusSnapshot, guides: readonly ConnectGuide[]): string {
  const parts = renderParts(snapshot);
  const part = (id: string): Html => ({ html: parts[id] ?? '' });
  return frame(
    'Status',
    html`<a class="skip" href="#calls-title">Skip to the calls</a>
${topOf({ page: 'status', detail: snapshot.platform.version, waiting: snapshot.waiting, marks: html`<span id="live" class="pill idle" role="status">Not live</span><span id="phase">${part('phase')}</span>` })}
<main>
<div id="switches">${part('switches')}</div>
<section aria-label="Numbers"><dl class="numbers" id="numbers">${part('numbers')}</dl></section>
<section aria-labelledby="calls-title"><h2 id="calls-title">Last calls</h2><div id="calls">${part('calls')}</div></section>
<section aria-labelledby="clients-title"><h2 id="clients-title">Clients</h2><div id="clients">${part('clients')}</div></section>
<section aria-labelledby="connect-title"><h2 id="connect-title">Connect a client</h2>${renderGuides(guides)}</section>
<section aria-labelledby="parts-title"><h2 id="parts-title">Parts</h2><ul class="parts" id="parts">${part('parts')}</ul></section>
</main>
<footer>Every call you see was checked by policy and written to the audit log. <noscript>Without scripts this page does not follow: reload it.</noscript></footer>`,
    { script: SCRIPT },
  );
}

/** HTML by the id of the element it belongs in: what the event stream sends. */
export function renderParts(snapshot: StatusSnapshot): Readonly<Record<string, string>> {
  const [kind, label] = PHASE[snapshot.phase];
  const parts: Readonly<Record<string, Html>> = {
    phase: html`<span class="pill ${kind}">${label}</span>`,
    switches: renderSwitches(snapshot),
    waiting: renderWaiting(snapshot.waiting),
    numbers: renderNumbers(snapshot),
    calls: renderCalls(snapshot),
    clients: renderClients(snapshot),
    parts: renderComponents(snapshot),
  };
  return Object.fromEntries(Object.entries(parts).map(([id, part]) => [id, part.html]));
}

function renderSwitches({ killSwitches }: StatusSnapshot): Html {
  if (killSwitches.length === 0) return html``;
  const items = killSwitches.map(({ what, reason }) => html`<li><b>${what}</b>${reason === '' ? '' : `: ${reason}`}</li>`);
  return html`<section class="alert" role="alert" aria-label="Kill switch"><h2>Kill switch is on</h2><ul>${items}</ul></section>`;
}

function renderNumbers({ platform, load, clients, killSwitches }: StatusSnapshot): Html {
  const numbers: readonly (readonly [string, string])[] = [
    ['Running', load.queued === 0 ? String(load.running) : `${load.running} + ${load.queued} queued`],
    ['Calls', platform.calls.total.toLocaleString('en')],
    ['Failed', platform.calls.failed.toLocaleString('en')],
    ['Clients', String(clients.length)],
    ['Up', describeSpan(platform.uptimeSeconds)],
    ['Kill switch', killSwitches.length === 0 ? 'Off' : 'On'],
  ];
  return html`${numbers.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}`;
}

function renderCalls({ calls }: StatusSnapshot): Html {
  if (calls.length === 0) return html`<p class="none">No calls yet. Connect a client below and call a tool.</p>`;
  return html`<table role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Time</th><th role="columnheader" scope="col">Target</th><th role="columnheader" scope="col">Caller</th><th role="columnheader" scope="col">Decision</th><th role="columnheader" scope="col">Rule</th><th role="columnheader" scope="col" class="num">Took</th></tr></thead><tbody role="rowgroup">${calls.map(renderCall)}</tbody></table>`;
}

function renderCall(call: CallReport): Html {
  const [kind, label] = judge(call.outcome);
  const caller = call.clientName === null ? call.principalId : `${call.clientName} · ${call.principalId}`;
  return html`<tr role="row"><td role="cell" class="when">${timeOf(call.at)}</td><td role="cell" class="lead name">${call.target}</td><td role="cell" class="caller">${caller} <span class="soft">${call.door}</span></td><td role="cell" class="state"><span class="badge ${kind}">${label}</span>${call.outcome === 'ok' ? '' : html` <span class="soft">${call.outcome}</span>`}</td><td role="cell" class="soft">${call.rule}</td><td role="cell" class="num">${describeDuration(call.durationMs)}</td></tr>`;
}

function renderClients({ clients }: StatusSnapshot): Html {
  if (clients.length === 0) return html`<p class="none">Nobody has connected yet.</p>`;
  const rows = clients.map(
    (client) =>
      html`<tr role="row"><td role="cell" class="lead">${client.name ?? 'Unnamed client'} <span class="soft">${client.version}</span></td><td role="cell" class="name">${client.principalId}</td><td role="cell">${client.door}${client.protocolVersion === null ? '' : html` <span class="soft">${client.protocolVersion}</span>`}</td><td role="cell" class="num" data-label="Requests">${client.requestCount.toLocaleString('en')}</td><td role="cell" class="num" data-label="Last">${timeOf(client.lastActivityAt)}</td></tr>`,
  );
  return html`<table role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Client</th><th role="columnheader" scope="col">Principal</th><th role="columnheader" scope="col">Door</th><th role="columnheader" scope="col" class="num">Requests</th><th role="columnheader" scope="col" class="num">Last active</th></tr></thead><tbody role="rowgroup">${rows}</tbody></table>`;
}

function renderComponents({ platform }: StatusSnapshot): Html {
  const { doors, runtimes, providers, upstreams, sandbox } = platform;
  const components = [...doors, ...runtimes, ...providers, ...upstreams].map(
    ({ name, state, detail }) => html`<li><span class="badge ${COMPONENT[state]}">${state}</span><span>${name}</span><span class="soft">${detail}</span></li>`,
  );
  return html`${components}<li><span class="badge ${sandbox.level === 'none' ? 'idle' : 'ok'}">${sandbox.level}</span><span>sandbox</span><span class="soft">${sandbox.detail}</span></li>`;
}

function renderGuides(guides: readonly ConnectGuide[]): Html {
  if (guides.length === 0) return html`<p class="none">Point any MCP client at this address, path <code>/mcp</code>, with a key as bearer token.</p>`;
  return html`${guides.map(
    ({ client, steps }, index) =>
      html`<details><summary>${client}</summary>${steps.map(({ label, text }, step) => {
        const id = `copy-${index}-${step}`;
        return html`<div class="step"><p id="${id}-label">${label}</p><div class="copy"><pre id="${id}" tabindex="0">${text}</pre><button type="button" data-copy="${id}" aria-describedby="${id}-label">Copy</button></div></div>`;
      })}</details>`,
  )}`;
}

/** What the road decided, in a word; the outcome says the rest. */
function judge(outcome: string): readonly [Kind, string] {
  if (outcome === 'ok') return ['ok', 'Allowed'];
  if (outcome === 'APPROVAL_REQUIRED') return ['warn', 'Held'];
  if (outcome === 'input_required') return ['idle', 'Asked back'];
  if (outcome === 'CANCELLED') return ['idle', 'Cancelled'];
  const status = Object.hasOwn(ERRORS, outcome) ? ERRORS[outcome as keyof typeof ERRORS].status : 500;
  if (status === 401 || status === 403) return ['no', 'Denied'];
  return status === 429 || outcome === 'OVERLOADED' ? ['warn', 'Limited'] : ['warn', 'Failed'];
}

function describeDuration(ms: number): string {
  if (ms < 1) return '< 1 ms';
  return ms < 10_000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : describeSpan(ms / 1000);
}

function describeSpan(seconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ];
  const [unit, size] = units.find(([, length]) => seconds >= length) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}
