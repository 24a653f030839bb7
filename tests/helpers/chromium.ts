/** A real browser over the DevTools protocol, with nothing but node's own WebSocket. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EXECUTABLES = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of an installed Chromium, or undefined: tests are skipped with that reason. */
export const chromiumPath: string | undefined = EXECUTABLES.find((path) => path !== '' && existsSync(path));

type Params = Readonly<Record<string, unknown>>;

/** One tab. */
interface Page {
  goto(url: string): Promise<void>;
  /** Value of the expression in the page, as JSON; promises are awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** PNG of the whole page. */
  screenshot(): Promise<Buffer>;
  resize(width: number, height: number, isPhone: boolean): Promise<void>;
  setDark(isDark: boolean): Promise<void>;
  /** Console messages and uncaught errors so far. */
  readonly complaints: string[];
  send(method: string, params?: Params): Promise<Params>;
}

/** A running browser with one tab. */
export interface Browser {
  readonly page: Page;
  close(): Promise<void>;
}

/** Starts a browser with an empty profile. */
export async function startChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('chromium is not installed');
  const profile = mkdtempSync(join(tmpdir(), 'switchyard-chromium-'));
  const child = spawn(
    chromiumPath,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--hide-scrollbars',
      `--user-data-dir=${profile}`,
      '--remote-debugging-port=0',
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    const connection = await connect(await endpointOf(child));
    return { page: await openPage(connection), close: () => close(child, connection.socket, profile) };
  } catch (error) {
    await close(child, undefined, profile);
    throw error;
  }
}

async function close(child: ChildProcess, socket: WebSocket | undefined, profile: string): Promise<void> {
  socket?.close();
  const exited = new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(undefined);
    else child.once('exit', resolve);
  });
  child.kill('SIGKILL');
  await exited;
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}

/** Chromium prints the address of its protocol on stderr. */
function endpointOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`chromium did not start: ${text.slice(-500)}`)), 30_000);
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`chromium ended with ${code}: ${text.slice(-500)}`)));
  });
}

interface Connection {
  readonly socket: WebSocket;
  send(method: string, params?: Params, sessionId?: string): Promise<Params>;
  onEvent(listener: (method: string, params: Params) => void): void;
}

async function connect(url: string): Promise<Connection> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, { resolve: (value: Params) => void; reject: (error: Error) => void }>();
  const listeners: ((method: string, params: Params) => void)[] = [];
  let lastId = 0;
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('no connection to chromium')));
  });
  socket.addEventListener('message', (event) => {
    const message = JSON.parse(String(event.data)) as { id?: number; method?: string; params?: Params; result?: Params; error?: { message: string } };
    if (message.id === undefined) {
      for (const listener of listeners) listener(message.method ?? '', message.params ?? {});
      return;
    }
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) call?.reject(new Error(message.error.message));
    else call?.resolve(message.result ?? {});
  });
  return {
    socket,
    onEvent: (listener) => {
      listeners.push(listener);
    },
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        socket.send(JSON.stringify({ id: lastId, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
      }),
  };
}

async function openPage(connection: Connection): Promise<Page> {
  const { targetId } = await connection.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await connection.send('Target.attachToTarget', { targetId, flatten: true });
  const send = (method: string, params: Params = {}): Promise<Params> => connection.send(method, params, String(sessionId));
  const complaints: string[] = [];
  let loaded = (): void => undefined;
  connection.onEvent((method, params) => {
    if (method === 'Page.loadEventFired') loaded();
    if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded' || method === 'Runtime.consoleAPICalled') complaints.push(JSON.stringify(params));
  });
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  return {
    complaints,
    send,
    async goto(url) {
      const done = new Promise<void>((resolve) => {
        loaded = resolve;
      });
      await send('Page.navigate', { url });
      await done;
    },
    async evaluate<T>(expression: string): Promise<T> {
      const { result, exceptionDetails } = (await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })) as {
        result: { value: T };
        exceptionDetails?: unknown;
      };
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return result.value;
    },
    async screenshot() {
      const { data } = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
      return Buffer.from(String(data), 'base64');
    },
    async resize(width, height, isPhone) {
      await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: isPhone ? 2 : 1, mobile: isPhone });
    },
    async setDark(isDark) {
      await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: isDark ? 'dark' : 'light' }] });
    },
  };
}
