/** @module doors/sign-in/sign-in-pages: the pages on which a person signs in and agrees. No scripts but one, where the browser has the console open; everything that others wrote is escaped. */
import type { SignInRequest } from '../../contracts/authorization-server.ts';
import { html, type Html } from '../admin/html.ts';
import { KEY_SCRIPT } from '../admin/console-key.ts';
import { brand, frame } from '../admin/page.ts';
import { SIGN_IN_STYLE } from './sign-in-style.ts';
import { describeScope, isStrongScope } from './scope-words.ts';

/** What a form needs besides its fields. */
export interface FormFacts {
  readonly action: string;
  /** Proof that this page was shown in this browser. */
  readonly csrf: string;
}

/** What the page for signing in shows. */
export interface SignInView extends FormFacts {
  readonly request: SignInRequest;
  /** Id of the principal that this browser's console session stands for; null = there is none. */
  readonly consoleAccount: string | null;
  readonly problem: string | null;
}

const MAX_NAME = 80;

function page(title: string, body: Html, script?: string): string {
  return frame(title, html`<main class="alone"><section>${brand('')}${body}</section></main>`, { style: SIGN_IN_STYLE, script });
}

/** Long names and addresses are cut: they must not push the buttons away. */
const short = (text: string, length: number = MAX_NAME): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** Who asks. A name that nobody vouches for is shown as such, with what is known for certain. */
export function clientName({ client }: Pick<SignInRequest, 'client'>): string {
  if (client.origin === 'document') return URL.parse(client.id)?.host ?? client.id;
  return client.name ?? client.id;
}

function describeClient({ client, redirectUri }: SignInRequest): Html {
  const rows: (readonly [string, Html])[] = [];
  if (client.origin === 'document') {
    rows.push(['Described at', html`<code>${short(client.id, 160)}</code>`]);
    if (client.name !== null) rows.push(['Calls itself', html`${short(client.name)}`]);
  } else if (client.origin === 'self-registered') {
    rows.push(['Identity', html`<span class="badge warn">unverified</span> It chose this name itself.`]);
  } else {
    rows.push(['Identity', html`Set up by the operator of this gateway`]);
  }
  rows.push(['Sends you to', redirectUri === null ? html`Nowhere: a device is waiting for you` : describeRedirect(redirectUri)]);
  return html`<dl class="facts">${rows.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function describeRedirect(text: string): Html {
  const url = URL.parse(text);
  if (!url) return html`<code>${short(text)}</code>`;
  if (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) return html`a program on <b>this computer</b> <span class="soft">(${url.host})</span>`;
  return url.protocol === 'https:' ? html`<b>${url.host}</b>` : html`the application that opens <code>${short(url.protocol)}</code> links`;
}

/** Asks who the person is. */
export function renderSignIn({ request, action, csrf, consoleAccount, problem }: SignInView): string {
  const hidden = html`<input type="hidden" name="csrf" value="${csrf}">`;
  const known =
    consoleAccount !== null &&
    html`<form method="post" action="${action}">${hidden}<input type="hidden" name="key"><button class="main" name="do" value="console">Continue as ${consoleAccount}</button></form><p class="or">or</p>`;
  return page(
    'Sign in',
    html`<h2 class="ask"><b>${short(clientName(request))}</b> wants to use this gateway as you</h2>
${describeClient(request)}
${problem !== null && html`<p class="problem" role="alert">${problem}</p>`}
${known}
<form method="post" action="${action}">${hidden}
<label for="credential">Your key, or a one-time link</label>
<input id="credential" name="credential" type="password" autocomplete="off" spellcheck="false" maxlength="400" required placeholder="sk-sy-…">
<div class="choose"><button class="main" name="do" value="sign-in">Sign in</button><button name="do" value="deny" formnovalidate>Cancel</button></div></form>
<p class="soft">This page is your gateway's own. ${short(clientName(request))} never sees what you type here. A one-time link comes from <code>switchyard console</code>.</p>`,
    consoleAccount === null ? undefined : KEY_SCRIPT,
  );
}

/** Asks whether the client may. */
export function renderConsent({ request, action, csrf }: { readonly request: SignInRequest } & FormFacts): string {
  const { scopes, withheld, account, accountName } = request;
  const list = html`<ul class="scopes">${scopes.map((scope) => html`<li class="${isStrongScope(scope) ? 'strong' : ''}">${describeScope(scope)} <code>${scope}</code></li>`)}</ul>`;
  const body =
    scopes.length === 0
      ? html`<p class="problem" role="alert">Your key holds nothing of what it asks for, so there is nothing to allow.</p>`
      : html`<p>It will be able to:</p>${list}`;
  return page(
    'Allow access?',
    html`<h2 class="ask">May <b>${short(clientName(request))}</b> act as you here?</h2>
${describeClient(request)}
${body}
${withheld.length > 0 && html`<p class="soft">It also asked for ${withheld.map((scope) => html`<code>${scope}</code> `)}— your key does not hold that, so it will not get it.</p>`}
<form method="post" action="${action}"><input type="hidden" name="csrf" value="${csrf}">
<div class="choose">${scopes.length > 0 && html`<button class="main" name="do" value="allow">Allow</button>`}<button class="main" name="do" value="deny">Refuse</button></div>
<p class="soft">You are <b>${short(accountName ?? '', 40)}</b> (${account ?? ''}). <button class="link" name="do" value="switch">Use another key</button></p></form>
<p class="soft">You can take this back at any time: <code>switchyard grants list</code>. Allow only what you have just started yourself.</p>`,
  );
}

/** Asks for the code that a device shows. */
export function renderUserCode({ action, xsrf }: { readonly action: string; readonly xsrf: string }, problem: string | null): string {
  return page(
    'Connect a device',
    html`<h2>Connect a device</h2>
${problem !== null && html`<p class="problem" role="alert">${problem}</p>`}
<p>Type the code that <b>your own device</b> shows right now.</p>
<form method="post" action="${action}"><input type="hidden" name="xsrf" value="${xsrf}">
<label for="user_code">Code</label><input id="user_code" name="user_code" class="code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" required placeholder="XXXX-XXXX">
<div class="choose"><button class="main">Continue</button></div></form>
${WARNING}`,
  );
}

/** Asks whether the device is the person's own. */
export function renderDeviceConfirm(
  { action, xsrf, userCode }: { readonly action: string; readonly xsrf: string; readonly userCode: string },
  client: SignInRequest['client'],
): string {
  const request = { client };
  return page(
    'Is this your device?',
    html`<h2 class="ask">Does your device show this code, and say <b>${short(clientName(request))}</b>?</h2>
<p class="bigcode">${userCode}</p>
${client.origin !== 'created' && html`<p><span class="badge warn">unverified</span> Nobody vouches for this name.</p>`}
<form method="post" action="${action}"><input type="hidden" name="xsrf" value="${xsrf}"><input type="hidden" name="user_code" value="${userCode}">
<div class="choose"><button class="main" name="confirm" value="yes">Yes, it is my device</button><button class="main" name="abort" value="yes">No</button></div></form>
${WARNING}`,
  );
}

const WARNING: Html = html`<p class="problem">Did somebody send you this code, or ask you to type it? Then stop: they would get to act as you.</p>`;

/** The device goes on by itself. */
export function renderDeviceDone(): string {
  return page('Device connected', html`<h2>Your device is connected</h2><p>You can close this page. To take it back: <code>switchyard grants list</code>.</p>`);
}

/** A request that cannot go on. */
export function renderFailure(facts: Readonly<Record<string, string>>): string {
  const { error = 'error', error_description: description = '' } = facts;
  return page(
    'This cannot go on',
    html`<h2>This cannot go on</h2><p>${short(description === '' ? error : description, 300)}</p>
<p class="soft">Nothing was given to anybody. Begin again in the application that sent you here. <code>${short(error)}</code></p>`,
  );
}
