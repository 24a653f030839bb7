/** The status page against those it is not for: replayed links, forged cookies, foreign pages, revoked principals. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { principal, startStack, type HttpStack, type StackOptions } from '../../helpers/http-stack.ts';

let stack: HttpStack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(async () => {
  await stack.stop();
});

const restart = async (options: StackOptions): Promise<void> => {
  await stack.stop();
  stack = await startStack(options);
};
const open = (path: string, headers: Record<string, string> = {}, method = 'GET') => fetch(stack.base + path, { method, headers, redirect: 'manual' });
const cookieOf = (response: Response): string => /switchyard_session=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? '';
const link = (name = 'admin'): string => `/?token=${stack.sessions.createLink(principal(name))}`;
const withCookie = (cookie: string): Record<string, string> => ({ Cookie: `switchyard_session=${cookie}` });

/** Reads the stream until the text stands in it, or it ends. */
async function readUntil(response: Response, wanted: string): Promise<string> {
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes(wanted)) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
  }
  await reader.cancel();
  return text;
}

describe('the one-time link', () => {
  it('opens a session once; replayed it opens nothing, and the road has the record', async () => {
    const path = link();
    const first = await open(path);
    expect([
      first.status,
      (first.headers.get('location') ?? '').replace(/#key=[\w-]+$/, ''),
      first.headers.get('referrer-policy'),
      first.headers.get('cache-control'),
    ]).toEqual([303, '/', 'no-referrer', 'no-store']);
    expect(first.headers.get('set-cookie')).toMatch(/^switchyard_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
    const replayed = await open(path);
    expect(replayed.status).toBe(401);
    expect(cookieOf(replayed)).toBe('');
    expect(await replayed.text()).toContain('This link is no longer valid');
    expect(stack.records).toMatchObject([{ event: 'auth_failed', decision: 'deny', door: 'console' }]);
    expect((await open('/', withCookie(cookieOf(first)))).status).toBe(200);
  });

  it('serves one of twenty who come at once', async () => {
    const path = link();
    const answers = await Promise.all(Array.from({ length: 20 }, () => open(path)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter((answer) => cookieOf(answer) !== '')).toHaveLength(1);
  });

  it('is not used up by a link preview that asks by HEAD', async () => {
    const path = link();
    expect((await open(path, {}, 'HEAD')).status).toBe(401);
    expect((await open(path)).status).toBe(303);
  });

  it.each(['', 'no-such-token', '0'.repeat(64), `${'0'.repeat(63)}%00`, '../../etc/passwd', '%F0%9F%92%A9', 'a'.repeat(5000)])(
    'cannot be guessed as %j',
    async (token) => {
      const answer = await open(`/?token=${token}`);
      expect(answer.status).toBe(401);
      expect(await answer.text()).not.toContain(token === '' ? '\u0000' : token);
    },
  );

  it('sets a Secure cookie behind a proxy that speaks TLS', async () => {
    await restart({ edge: { trustedProxies: ['127.0.0.1'] } });
    expect((await open(link(), { 'X-Forwarded-Proto': 'https' })).headers.get('set-cookie')).toContain('; Secure');
  });
});

describe('the session', () => {
  it('is needed: without one the page says how to get a link, and nothing else', async () => {
    for (const headers of [{}, withCookie('f'.repeat(64)), { Authorization: 'Bearer key-admin' }] as const) {
      const answer = await open('/', headers);
      const text = await answer.text();
      expect(answer.status).toBe(401);
      expect(text).toContain('switchyard link');
      expect(text).not.toContain('12,345');
      expect((await open('/events', headers)).status).toBe(204);
    }
    expect(stack.records).toEqual([]);
  });

  it('does not lend its rights to the REST door', async () => {
    const cookie = cookieOf(await open(link()));
    expect((await open('/metrics', withCookie(cookie))).status).toBe(401);
  });

  it('gives no more than its principal has', async () => {
    const cookie = cookieOf(await open(link('user')));
    const answer = await open('/', withCookie(cookie));
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('SCOPE_MISSING');
  });

  it('streams to our own page only', async () => {
    const cookie = cookieOf(await open(link()));
    for (const site of ['same-site', 'cross-site']) expect((await open('/events', { ...withCookie(cookie), 'Sec-Fetch-Site': site })).status).toBe(204);
    expect((await open('/events', { ...withCookie(cookie), Origin: 'http://localhost:3000' })).status).toBe(403);
    const own = await open('/events', { ...withCookie(cookie), 'Sec-Fetch-Site': 'same-origin' });
    expect(await readUntil(own, '\n\n')).toContain('event: status\ndata: {"phase":');
  });
});

describe('the page', () => {
  it('carries the headers that keep it to itself', async () => {
    const cookie = cookieOf(await open(link()));
    const { headers } = await open('/', withCookie(cookie));
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/=]{44}'; style-src 'sha256-[\w+/=]{44}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'content-type': 'text/html; charset=utf-8',
    });
  });
});

describe('the stream', () => {
  it('ends at once when the kill switch is set, and tells why', async () => {
    const cookie = cookieOf(await open(link()));
    const stream = await open('/events', withCookie(cookie));
    stack.killSwitches.push({ what: 'everything', reason: 'drill' });
    expect(await readUntil(stream, 'event: end')).toMatch(/event: end\ndata: TARGET_DISABLED\n\n$/);
  });

  it('closes without a word when the gateway stops', async () => {
    const cookie = cookieOf(await open(link()));
    const stream = await open('/events', withCookie(cookie));
    const reading = readUntil(stream, 'event: end');
    await expect.poll(() => stack.pipeline.activeCalls).toBe(1);
    stack.pipeline.stop(new AppError('SHUTTING_DOWN'));
    expect(await reading).not.toContain('event: end');
    expect(stack.pipeline.activeCalls).toBe(0);
  });

  it('ends within a second of the beginning of a stop, so that nobody waits for an open page', async () => {
    let phase: 'ready' | 'stopping' = 'ready';
    await restart({ phase: () => phase });
    const stream = await open('/events', withCookie(cookieOf(await open(link()))));
    await expect.poll(() => stack.pipeline.activeCalls).toBe(1);
    phase = 'stopping';
    await expect.poll(() => stack.pipeline.activeCalls, { timeout: 1000 }).toBe(0);
    expect(await readUntil(stream, 'event: end')).not.toContain('event: end');
  });

  it('ends its call when the browser leaves, and is bounded in number', async () => {
    const cookie = cookieOf(await open(link()));
    const leaving = new AbortController();
    const streams = await Promise.all(Array.from({ length: 32 }, () => fetch(`${stack.base}/events`, { headers: withCookie(cookie), signal: leaving.signal })));
    expect(streams.every(({ status }) => status === 200)).toBe(true);
    expect((await open('/events', withCookie(cookie))).status).toBe(503);
    leaving.abort();
    await expect.poll(() => stack.pipeline.activeCalls).toBe(0);
    const again = await open('/events', withCookie(cookie));
    expect(again.status).toBe(200);
    stack.console.close();
    await readUntil(again, 'never');
    expect(stack.pipeline.activeCalls).toBe(0);
  });
});
