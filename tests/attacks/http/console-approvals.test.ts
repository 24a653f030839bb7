/** The page of what waits against those who would decide in an operator's place: foreign forms, stolen cookies, hostile texts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalQueue, Approvals, ShownApproval } from '../../../src/contracts/approvals.ts';
import { AppError } from '../../../src/core/errors.ts';
import { heldCall, shownApproval } from '../../helpers/approval-queue.ts';
import { principal, startStack, type HttpStack } from '../../helpers/http-stack.ts';

const CALL = heldCall({
  client: '<img src=x onerror=alert(1)>',
  target: 'tool:pay"><script>alert(1)</script>',
  arguments: '{ "to": "</pre><form action=//evil.example>" }',
  expiresAt: 4e12,
});
const definition = (id: string, members: Partial<ShownApproval> = {}): ShownApproval =>
  shownApproval(id, { diff: '--- a\n+++ b\n@@ /description @@\n+</pre><button name=decision value=approve>', ...members });

let queue: ApprovalQueue;
let decided: unknown[][];
let failure: AppError | undefined;
let stack: HttpStack;
const approvals: Approvals = {
  list: () => queue,
  waiting: () => ['x'],
  decide: (...decision) => {
    decided.push(decision);
    return failure ? Promise.reject(failure) : Promise.resolve(decision[1].map((id) => ({ id, kind: 'tool', name: 'pay', upstream: 'shop', hash: null })));
  },
};
beforeEach(async () => {
  [decided, failure] = [[], undefined];
  queue = { calls: [CALL], upstreams: [{ upstream: 'shop', snapshot: 'aaaaaaaaaaaa', pending: [definition('bbbbbbbbbbbb'), definition('cccccccccccc')] }] };
  stack = await startStack({ approvals });
});
afterEach(async () => {
  await stack.stop();
});

/** What a browser has after it opened a link: a cookie, and a key that it keeps for our origin alone. */
interface Session {
  readonly cookie: string;
  readonly key: string;
}
const session = async (name = 'admin'): Promise<Session> => {
  const { headers } = await fetch(`${stack.base}/?token=${stack.sessions.createLink(principal(name))}`, { redirect: 'manual' });
  return {
    cookie: /switchyard_session=([^;]+)/.exec(headers.get('set-cookie') ?? '')?.[1] ?? '',
    key: /^\/#key=([\w-]+)$/.exec(headers.get('location') ?? '')?.[1] ?? '',
  };
};
const look = async ({ cookie }: Pick<Session, 'cookie'>, path = '/approvals'): Promise<Response> =>
  await fetch(stack.base + path, { headers: { Cookie: `switchyard_session=${cookie}` } });
const post = async ({ cookie }: Pick<Session, 'cookie'>, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
  await fetch(`${stack.base}/approvals`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: `switchyard_session=${cookie}`, ...headers },
    body: new URLSearchParams(form),
  });

// @requirement G3.k
describe('a decision on the page', () => {
  it('is made with exactly the ids of its form, and told on the page that follows, to this session alone', async () => {
    const own = await session();
    const { key } = own;
    const answer = await post(own, { key, id: 'bbbbbbbbbbbb', decision: 'approve' });
    expect(answer.status).toBe(303);
    expect(decided).toEqual([['approve', ['bbbbbbbbbbbb'], { by: 'test:admin' }]]);
    const next = answer.headers.get('location') ?? '';
    expect(await (await look(own, next)).text()).toContain('Approved: tool pay of shop. Commit switchyard.lock.');
    expect(await (await look(await session(), next)).text()).not.toContain('Approved: tool pay');
    expect(await (await look(own, '/approvals?done=Approved%3A%20everything')).text()).not.toContain('everything');
  });

  it('gives the terms that were typed, and none that are no numbers', async () => {
    const own = await session();
    const form = { key: own.key, id: CALL.id, decision: 'approve' };
    expect((await post(own, { ...form, uses: '1', validSeconds: '30' })).status).toBe(303);
    expect(decided).toEqual([['approve', [CALL.id], { by: 'test:admin', uses: 1, validSeconds: 30 }]]);
    for (const uses of ['0', '-1', '1.5', '1e9', 'x', ' 1']) expect([uses, (await post(own, { ...form, uses })).status]).toEqual([uses, 400]);
    expect((await post(own, { ...form, decision: 'both' })).status).toBe(400);
    expect((await post(own, { key: own.key, decision: 'approve' })).status).toBe(400);
    expect(decided).toHaveLength(1);
  });

  it('that is refused is told with what to do, on a page as it is now', async () => {
    const own = await session();
    const { key } = own;
    failure = new AppError('APPROVAL_UNKNOWN');
    const answer = await post(own, { key, id: 'bbbbbbbbbbbb', decision: 'approve' });
    const text = await answer.text();
    expect(answer.status).toBe(404);
    expect(text).toContain('Nothing was decided');
    expect(text).toContain('changed, was decided, or is gone');
    expect(text).toContain('id="d-bbbbbbbbbbbb"');
  });
});

describe('a decision that the gateway cannot take now', () => {
  it.each([
    ['RATE_LIMITED', 429],
    ['AUDIT_UNAVAILABLE', 503],
  ] as const)('is %s, with its status and no list that looks decided', async (code, status) => {
    const own = await session();
    failure = new AppError(code);
    const answer = await post(own, { key: own.key, id: 'bbbbbbbbbbbb', decision: 'approve' });
    expect(answer.status).toBe(status);
    const text = await answer.text();
    expect(text).toContain(code);
    expect(text).not.toContain('id="d-bbbbbbbbbbbb"');
  });
});

describe('somebody else', () => {
  it('cannot decide through the browser of an operator: other sites, other ports, other pages', async () => {
    const own = await session();
    const form = { key: own.key, id: 'bbbbbbbbbbbb', decision: 'approve' };
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'http://127.0.0.1:3000' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ])
      expect([headers, (await post(own, form, headers)).status]).toEqual([headers, 403]);
    expect(decided).toEqual([]);
    // The control: the page's own form, with what a browser sends along.
    expect((await post(own, form, { Origin: stack.base, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(303);
    expect(decided).toHaveLength(1);
  });

  it('who got the cookie, as a service on another port of this host does, decides nothing: the key is not in it, nor on any page', async () => {
    const own = await session();
    const page = await (await look(own)).text();
    expect(page).toContain('id="d-bbbbbbbbbbbb"');
    expect(page).not.toContain(own.key);
    const form = { id: 'bbbbbbbbbbbb', decision: 'approve' };
    const { headers } = await post(own, { key: own.key, ...form });
    const news = new URLSearchParams((headers.get('location') ?? '').split('?')[1]).get('done') ?? '';
    decided.length = 0;
    for (const key of [
      '',
      'x',
      (await session()).key,
      news,
      `${own.key.slice(0, -2)}AA`,
      stack.sealer.seal('act', 60, 'console '),
      stack.sealer.seal('act', -1, `console ${own.cookie}`),
    ]) {
      const refused = await post(own, { key, ...form });
      expect(refused.status).toBe(403);
      expect(await refused.text()).toContain('has not the key');
    }
    expect((await post(own, form)).status).toBe(403);
    expect(decided).toEqual([]);
    // The control: with the key of this session.
    expect((await post(own, { key: own.key, ...form })).status).toBe(303);
    expect(decided).toHaveLength(1);
  });

  it('without a session or the scope sees nothing and decides nothing', async () => {
    for (const cookie of ['', 'f'.repeat(64)]) {
      expect((await look({ cookie })).status).toBe(401);
      expect((await post({ cookie }, { key: 'x', id: 'bbbbbbbbbbbb', decision: 'approve' })).status).toBe(401);
    }
    const user = await session('user');
    const refused = await look(user);
    expect(refused.status).toBe(403);
    expect(await refused.text()).not.toContain('shop');
    expect((await post(user, { key: user.key, id: 'bbbbbbbbbbbb', decision: 'approve' })).status).toBe(403);
    expect(decided).toEqual([]);
    expect(stack.records).toContainEqual(expect.objectContaining({ event: 'permission_denied', target: 'admin:decide-approvals' }));
  });

  it('cannot send a form that is too large', async () => {
    expect((await post(await session(), { key: 'x'.repeat(10_000) })).status).toBe(413);
  });
});

describe('what is shown', () => {
  it('is text, whatever a server, a client or a caller wrote', async () => {
    const text = await (await look(await session())).text();
    for (const hostile of ['<img src=x', '<script>alert', '</pre><form', '</pre><button']) expect(text).not.toContain(hostile);
    expect(text).toContain('&lt;/pre&gt;&lt;button name=decision');
    expect(text.match(/<form /g)).toHaveLength(4);
  });

  it('is what can be approved: a definition that is not shown whole has no button, and its server none for all', async () => {
    const [long, huge] = ['+x\n'.repeat(10), `+${'x'.repeat(2_000_001)}`];
    const buttons = async (...pending: ShownApproval[]): Promise<readonly string[]> => {
      queue = { calls: [], upstreams: [{ upstream: 'shop', snapshot: 'aaaaaaaaaaaa', pending }] };
      const text = await (await look(await session())).text();
      return [...text.matchAll(/name="id" value="(\w+)"/g)].map(([, id]) => id ?? '');
    };
    const whole = definition('bbbbbbbbbbbb');
    expect(await buttons(whole, definition('cccccccccccc'))).toEqual(['bbbbbbbbbbbb', 'cccccccccccc', 'aaaaaaaaaaaa']);
    expect(await buttons(whole, definition('cccccccccccc', { diff: long, isDiffWhole: false }))).toEqual(['bbbbbbbbbbbb']);
    expect(await buttons(whole, definition('cccccccccccc', { diff: huge }))).toEqual(['bbbbbbbbbbbb']);
    // What cannot be used at all is no part of "all".
    const unusable = definition('dddddddddddd', { reason: 'unusable', hash: null, definition: null, diff: null, isDiffWhole: false });
    expect(await buttons(whole, definition('cccccccccccc'), unusable)).toEqual(['bbbbbbbbbbbb', 'cccccccccccc', 'aaaaaaaaaaaa']);
  });

  it('leads its forms to this gateway alone', async () => {
    const { headers } = await look(await session());
    expect(headers.get('content-security-policy')).toContain("form-action 'self'; frame-ancestors 'none'");
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
  });
});
