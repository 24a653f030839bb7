/** VS Code in a browser: code-server in a process of its own, Chromium in front of it, and a person who uses the keyboard. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { JsonObject } from '../../src/core/json.ts';
import { type Browser, startChromium } from './chromium.ts';
import { cleanEnv } from './gateway.ts';
import type { Installed } from './on-demand.ts';
import { until } from './until.ts';

/** Where the dependencies of VS Code itself are listed. */
export const VSCODE_FOLDER = 'node_modules/code-server/lib/vscode';

/** No greeting; and it looks for the servers of the clients that it knows. */
export const VSCODE_SETTINGS: JsonObject = {
  'workbench.startupEditor': 'none',
  'chat.mcp.discovery.enabled': { 'claude-desktop': true, windsurf: true, 'cursor-global': true, 'cursor-workspace': true },
};

export interface VsCodeWindow {
  /** The rows of the list that is open, each as one text. */
  rows(): Promise<readonly string[]>;
  /** Whether the list that is open, or opens now, gets a row that begins so. */
  shows(start: string): Promise<boolean>;
  /** Chooses a command of the palette, and waits until a list shows `expected`. */
  command(title: string, expected: string): Promise<void>;
  /** Types into the list that is open, and chooses the row that is first then. */
  choose(text: string): Promise<void>;
  /** Presses the button of a dialog or notice, where one is shown with this label. */
  click(label: string): Promise<boolean>;
  /** Types into the box that asks, and sends it. */
  answer(words: string): Promise<void>;
  text(): Promise<string>;
  stop(): Promise<void>;
}

/** The command that lists MCP servers. */
export const LIST_SERVERS = 'MCP: List Servers';

/** The row of a server in the list, or an empty text. */
async function rowOf(window: VsCodeWindow, name: string): Promise<string> {
  await window.command(LIST_SERVERS, name);
  return (await window.rows()).find((row) => row.startsWith(name)) ?? '';
}

/** Starts a server as a person does, who trusts what is asked about, answers what is asked for, and looks whether it runs. */
export async function startServerIn(window: VsCodeWindow, name: string, asked?: { readonly question: string; readonly answer: string }): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (let row = await rowOf(window, name); !row.startsWith(`${name}Running`); row = await rowOf(window, name)) {
    if (performance.now() > deadline) throw new Error(`does not run: ${row}\n${await window.text()}`);
    await window.choose(name).catch(() => undefined);
    if (!(await window.shows('Start Server'))) continue;
    await window.choose('Start Server').catch(() => undefined);
    const goesOn = async (): Promise<boolean> => {
      if (await window.click('Trust')) return asked === undefined;
      const text = await window.text();
      if (asked === undefined || !text.includes(asked.question)) return asked === undefined && text.includes(`Starting server ${name}`);
      await window.answer(asked.answer);
      return true;
    };
    await until(goesOn, 'it starts, or asks', STEP_MS).catch(() => undefined);
  }
}

const CODES = { Enter: 13, Escape: 27, F1: 112 } as const;
const WAIT_MS = 30_000;
/** A step that takes longer was lost. */
const STEP_MS = 4000;

/** Opens the folder. Its home, its settings and its extensions lie in the home of the user; nothing reaches the network. */
export async function openVsCode(installed: Installed, { home, folder }: { readonly home: string; readonly folder: string }): Promise<VsCodeWindow> {
  const server = await startServer(installed, home);
  const browser = await startChromium().catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const window = windowOf(browser, server.stop);
  await browser.page.resize(1300, 900, false);
  await browser.page.goto(`${server.url}/?folder=${encodeURIComponent(folder)}`);
  await until(async () => (await window.text()).includes('Explorer'), 'the window is open', WAIT_MS);
  return window;
}

async function startServer({ folder }: Installed, home: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const args = ['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'];
  const child = spawn(
    process.execPath,
    [
      join(folder, 'node_modules/code-server/out/node/entry.js'),
      ...args,
      '--user-data-dir',
      join(home, 'vscode'),
      '--extensions-dir',
      join(home, 'extensions'),
    ],
    // A group of its own: it starts processes that would outlive it.
    { env: { ...cleanEnv({ HOME: home }), XDG_CONFIG_HOME: undefined }, cwd: home, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    await ended;
  };
  const address = (): string | undefined => /HTTP server listening on (http:\/\/[\d.]+:\d+)/.exec(output)?.[1];
  try {
    await until(async () => await Promise.resolve(address() !== undefined || child.exitCode !== null), 'code-server listens', WAIT_MS);
    const url = address();
    if (url === undefined) throw new Error(output);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function windowOf({ page, close }: Browser, stopServer: () => Promise<void>): VsCodeWindow {
  const text = (): Promise<string> => page.evaluate<string>(String.raw`(document.body?.innerText ?? '').replaceAll('\u00A0', ' ')`);
  const rows = (): Promise<readonly string[]> =>
    page.evaluate<readonly string[]>(
      `[...document.querySelectorAll('.quick-input-widget:not([style*="display: none"]) .monaco-list-row')].map((row) => row.innerText.replaceAll('\\n', ' '))`,
    );
  const press = async (key: keyof typeof CODES): Promise<void> => {
    for (const type of ['keyDown', 'keyUp'])
      await page.send('Input.dispatchKeyEvent', { type, key, code: key, windowsVirtualKeyCode: CODES[key], ...(key === 'Enter' ? { text: '\r' } : {}) });
  };
  const type = async (words: string): Promise<void> => void (await page.send('Input.insertText', { text: words }));
  const choose = async (words: string): Promise<void> => {
    await type(words);
    await until(async () => (await rows())[0]?.includes(words) === true, `the list shows ${words} first`, STEP_MS);
    const shown = async (): Promise<string> => (await rows()).join('|');
    const before = await shown();
    // A key is lost where the list is drawn anew at that moment.
    for (let turn = 0; turn < 5 && (await shown()) === before; turn += 1) {
      await press('Enter');
      await until(async () => (await shown()) !== before, 'the list changes', 1000).catch(() => undefined);
    }
  };
  return {
    rows,
    choose,
    text,
    async answer(words) {
      await type(words);
      await press('Enter');
    },
    shows: async (start) =>
      await until(async () => (await rows()).some((row) => row.startsWith(start)), `a row ${start}`, STEP_MS).then(
        () => true,
        () => false,
      ),
    async command(title, expected) {
      // The palette closes where something else takes the focus, such as the output of a server that starts.
      const attempt = async (): Promise<boolean> => {
        await press('Escape');
        await press('F1');
        await until(async () => (await rows()).length > 0, 'the palette is open', STEP_MS);
        await choose(title);
        await until(async () => (await rows()).some((row) => row.includes(expected)), `${title} shows ${expected}`, STEP_MS);
        return true;
      };
      await until(async () => await attempt().catch(() => false), `${title} shows ${expected}`, WAIT_MS);
    },
    click: (label) =>
      page.evaluate<boolean>(
        `(() => { const button = [...document.querySelectorAll('.monaco-button')].find((one) => one.innerText.trim() === ${JSON.stringify(label)}); button?.click(); return button !== undefined; })()`,
      ),
    async stop() {
      await close();
      await stopServer();
    },
  };
}
