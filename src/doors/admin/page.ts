/** @module doors/admin/page: the frame of the console's pages and the headers they go out with. */
import { hash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { rfc3339 } from '../../core/clock.ts';
import { writeText } from '../http/answer.ts';
import { html, type Html } from './html.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import type { Waiting } from './waiting.ts';

/** Where the forms of a page may lead. */
type FormTarget = "'none'" | "'self'";

const sourceOf = (text: string): string => `'sha256-${hash('sha256', text, 'base64')}'`;

/** Only our one script and one style sheet run; nothing is loaded, framed or sent elsewhere. */
const policyOf = (formAction: FormTarget): string =>
  [
    "default-src 'none'",
    `script-src ${sourceOf(SCRIPT)}`,
    `style-src ${sourceOf(STYLE)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
  ].join('; ');

/** A turnout: one track that leads over to another. */
const MARK: Html = html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" aria-hidden="true"><path d="M6 21V3"/><path d="M6 17.5c0-6.5 12-4.5 12-11V3"/><path d="M18 21v-5.5"/></svg>`;
const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 24 24%22 fill=%22none%22 stroke=%22%230b6e69%22 stroke-width=%222.4%22 stroke-linecap=%22round%22%3E%3Cpath d=%22M6 21V3M6 17.5c0-6.5 12-4.5 12-11V3M18 21v-5.5%22/%3E%3C/svg%3E';

/** The mark and the name, as every page begins. */
export function brand(detail: string): Html {
  return html`<div class="brand">${MARK}<h1>Switchyard${detail !== '' && html` <small>${detail}</small>`}</h1></div>`;
}

/** What the head of a page with state says. */
export interface PageTop {
  readonly page: 'status' | 'approvals';
  /** Beside the name. */
  readonly detail: string;
  /** Undefined where it cannot be told. */
  readonly waiting: Waiting | undefined;
  readonly marks: Html;
}

/** The head of every page with state: the mark, the ways to the others, and how the gateway is. */
export function topOf({ page, detail, waiting, marks }: PageTop): Html {
  const current = (name: PageTop['page']): Html => html`${name === page && html` aria-current="page"`}`;
  return html`<header class="top">${brand(detail)}<nav aria-label="Pages"><a href="/"${current('status')}>Status</a><a href="/approvals"${current('approvals')}>Approvals <span id="waiting">${renderWaiting(waiting)}</span></a></nav><div class="marks">${marks}</div></header>`;
}

/** How much waits, as it stands in the head. */
export function renderWaiting(waiting: Waiting | undefined): Html {
  if (!waiting) return html`<span class="badge no" title="What waits cannot be read">?</span>`;
  return html`<span data-queue="${waiting.digest}">${waiting.count > 0 && html`<span class="badge warn">${waiting.count}</span>`}</span>`;
}

/** A time of day, with the whole time for scripts. */
export function timeOf(epochMs: number): Html {
  const text = rfc3339(epochMs);
  return html`<time datetime="${text}">${text.slice(11, 19)}</time>`;
}

/** A page that says one thing and shows no state. */
export function renderNotice(title: string, paragraphs: readonly Html[]): string {
  return frame(title, html`<main class="alone"><section>${brand('')}<h2>${title}</h2>${paragraphs}</section></main>`);
}

/** What goes with a document; the hashes of both must be in its content policy. */
export interface FrameParts {
  /** None by default. */
  readonly script?: string | undefined;
  /** The console's by default. */
  readonly style?: string | undefined;
}

/** A complete document. */
export function frame(title: string, body: Html, { script, style = STYLE }: FrameParts = {}): string {
  const scripts = script === undefined ? '' : `<script>${script}</script>`;
  return `${html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title} · Switchyard</title><link rel="icon" href="${{ html: ICON }}">`.html}<style>${style}</style></head><body>${body.html}${scripts}</body></html>`;
}

/** Sends a page with its content policy, never to be kept. */
export function writePage(
  response: ServerResponse,
  status: number,
  page: string,
  headers: Readonly<Record<string, string>> = {},
  formAction: FormTarget = "'none'",
): void {
  writeText(response, status, 'text/html; charset=utf-8', page, {
    'Content-Security-Policy': policyOf(formAction),
    'X-Frame-Options': 'DENY',
    'Cross-Origin-Opener-Policy': 'same-origin',
    ...headers,
  });
}
