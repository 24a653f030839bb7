/** The status page in a real Chromium. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallReport } from '../../../src/contracts/telemetry.ts';
import { chromiumPath, startChromium, type Browser } from '../../helpers/chromium.ts';
import { principal, startStack, type HttpStack } from '../../helpers/http-stack.ts';

// @requirement D4.h
const HOSTILE = [
  '<img src=x onerror="window.hacked=1">',
  '<script>window.hacked=1</script>',
  '"><svg onload=window.hacked=1>',
  "';window.hacked=1;//",
  '</td></tr></table><script>window.hacked=1</script>',
  '<!--',
  ']]>',
  '&lt;b&gt;',
  '{{7*7}}',
  'javascript:window.hacked=1',
  '\u202egnp.exe',
  '</style><script>window.hacked=1</script>',
  '<iframe srcdoc="<script>parent.hacked=1</script>">',
  '<base href=//evil.example>',
  '<meta http-equiv=refresh content="0;url=//evil.example">',
  '\u0000<b>',
  'x'.repeat(300),
  '<a href=//evil.example autofocus onfocus=window.hacked=1>',
] as const;

const report = (target: string, extra: Partial<CallReport> = {}): CallReport => ({
  callId: 'i',
  spend: null,
  parentId: undefined,
  at: Date.now(),
  durationMs: 1.5,
  door: 'mcp',
  principalId: 'key:a',
  clientName: 'Claude Code',
  target,
  outcome: 'ok',
  rule: 'role:user',
  correlationId: 'c',
  ...extra,
});

describe.skipIf(chromiumPath === undefined)('in Chromium (skipped where none is installed)', () => {
  let stack: HttpStack;
  let browser: Browser;
  beforeAll(async () => {
    stack = await startStack({
      console: {
        guides: () => [
          { client: 'Claude Code', steps: [{ label: 'Over HTTP', text: 'claude mcp add <x> "y"' }] },
          { client: HOSTILE[0], steps: [{ label: HOSTILE[1], text: HOSTILE[2] }] },
        ],
      },
    });
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });
  beforeEach(() => {
    browser.page.complaints.length = 0;
  });

  const text = (selector: string): Promise<string> => browser.page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`);
  const signIn = (): Promise<void> => browser.page.goto(`${stack.base}/?token=${stack.sessions.createLink(principal('admin'))}`);

  it('opens by the link, takes the token out of the address, and follows what happens', async () => {
    await signIn();
    expect(await browser.page.evaluate('location.href')).toBe(`${stack.base}/`);
    await expect.poll(() => text('#live')).toBe('Live');
    expect(await text('#phase')).toBe('Ready');
    expect(await text('#calls')).toContain('No calls yet');
    stack.journal.record(report('tool:read_file'));
    stack.journal.record(report('tool:write_file', { outcome: 'PERMISSION_DENIED', rule: 'deny:no-secrets' }));
    await expect.poll(() => text('#calls'), { timeout: 5000 }).toContain('tool:write_file');
    expect(await text('#calls tbody tr')).toMatch(/Denied\s+PERMISSION_DENIED/);
    expect(browser.page.complaints).toEqual([]);
    // The cookie is out of reach of scripts, and the session outlives a reload.
    expect(await browser.page.evaluate('document.cookie')).toBe('');
    await browser.page.goto(stack.base);
    expect(await text('h1')).toContain('Switchyard');
  });

  it('shows hostile names as text: nothing runs, nothing is loaded, whether rendered first or streamed', async () => {
    await signIn();
    await expect.poll(() => text('#live')).toBe('Live');
    for (const name of HOSTILE) {
      stack.journal.record(report(`tool:${name}`, { clientName: name, principalId: name, door: name, outcome: name, rule: name }));
      const client = stack.clients.touch({ id: name, principalId: name, door: name });
      client.name = name;
      client.version = name;
      client.protocolVersion = name;
    }
    await expect.poll(() => text('#calls'), { timeout: 5000 }).toContain('<script>window.hacked=1</script>');
    const streamed = await browser.page.evaluate<number>(
      'document.querySelectorAll("img,script,iframe,base,object,embed,form,a[href*=evil],[onerror],[onload],[onfocus]").length',
    );
    expect(streamed).toBe(1);
    await browser.page.goto(stack.base);
    expect(
      await browser.page.evaluate(
        'document.querySelectorAll("img,script,iframe,base,object,embed,form,a[href*=evil],[onerror],[onload],[onfocus],meta[http-equiv]").length',
      ),
    ).toBe(1);
    expect(await browser.page.evaluate('typeof window.hacked')).toBe('undefined');
    for (const name of HOSTILE.slice(0, 10)) expect(await text('#clients')).toContain(name);
    expect(browser.page.complaints).toEqual([]);
  });

  it('runs no injected script even if it got into the page, which shows that the policy holds on its own', async () => {
    await signIn();
    await browser.page.evaluate(
      'document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\\"window.hacked=1\\">"); new Promise((done) => setTimeout(done, 200))',
    );
    expect(await browser.page.evaluate('typeof window.hacked')).toBe('undefined');
    expect(browser.page.complaints.join()).toContain('Content Security Policy');
  });

  it.each([
    [360, 740, true],
    [390, 844, true],
    [768, 1024, true],
    [1280, 900, false],
    [1920, 1080, false],
  ] as const)('fits a screen of %i × %i without sideways scrolling', async (width, height, isPhone) => {
    await browser.page.resize(width, height, isPhone);
    await browser.page.goto(stack.base);
    const [inner, scroll] = await browser.page.evaluate<[number, number]>('[innerWidth, document.documentElement.scrollWidth]');
    expect(scroll).toBeLessThanOrEqual(inner);
    expect(inner).toBe(width);
  });

  it('is built of landmarks, headings, and tables whose headers survive on a phone', async () => {
    await browser.page.resize(390, 844, true);
    await browser.page.goto(stack.base);
    await browser.page.evaluate('document.querySelector("details").open = true');
    const { nodes } = (await browser.page.send('Accessibility.getFullAXTree')) as {
      nodes: { role?: { value: string }; name?: { value: string }; ignored?: boolean }[];
    };
    const roles = nodes.filter(({ ignored }) => ignored !== true).map(({ role }) => role?.value ?? '');
    for (const role of ['banner', 'main', 'contentinfo', 'heading', 'table', 'columnheader', 'row', 'cell', 'status', 'button', 'region'])
      expect([role, roles.includes(role)]).toEqual([role, true]);
    expect(await browser.page.evaluate('document.documentElement.lang')).toBe('en');
    expect(await browser.page.evaluate('document.querySelectorAll("h1").length')).toBe(1);
  });

  it('copies a command exactly', async () => {
    await browser.page.send('Browser.grantPermissions', { permissions: ['clipboardReadWrite', 'clipboardSanitizedWrite'] }).catch(() => undefined);
    await browser.page.goto(stack.base);
    await browser.page.evaluate(
      'document.querySelector("details").open = true, document.querySelector("button[data-copy]").click(), new Promise((done) => setTimeout(done, 200))',
    );
    expect(await text('button[data-copy]')).toMatch(/Copied|Selected/);
    expect(await browser.page.evaluate('document.getElementById("copy-0-0").textContent')).toBe('claude mcp add <x> "y"');
  });

  it('says how to get a link when the session is over, and stops asking', async () => {
    await browser.page.send('Network.clearBrowserCookies');
    await browser.page.goto(stack.base);
    expect(await text('main')).toContain('You need a link');
    expect(await text('main')).toContain('switchyard link');
  });
});
