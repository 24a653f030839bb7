import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CallBook, type CallRequest, createCallBook } from '../../../src/approvals/call-book.ts';
import { type ApprovalsConfig, DEFAULT_APPROVALS } from '../../../src/contracts/approvals-config.ts';

let folder: string;
let path: string;
let now: number;
let settings: ApprovalsConfig;
const open = (): CallBook => createCallBook({ path, clock: { now: () => now }, settings: () => settings });
let book: CallBook;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sy-book-'));
  path = join(folder, 'approvals.json');
  now = 1_000_000;
  settings = DEFAULT_APPROVALS;
  book = open();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const request = (over: Partial<CallRequest> = {}): CallRequest => {
  count += 1;
  return {
    id: `call-${count.toString(16).padStart(16, '0')}`,
    hash: count.toString(16).padStart(64, '0'),
    principal: 'key:alice',
    client: null,
    target: 'tool:pay',
    rules: ['ask:pay'],
    reason: 'Money.',
    by: 'caller',
    arguments: '{}',
    at: now,
    uses: 1,
    validSeconds: 600,
    ...over,
  };
};
const OPERATOR = { by: 'key:admin' };

// @requirement P5.e
describe('P5: what is kept of held calls', () => {
  it('waits, is approved by somebody else, and is used once', async () => {
    const { id, hash } = await book.request(request());
    expect(await book.use(hash)).toBeUndefined();
    await book.decide('approve', [id], OPERATOR);
    expect(await book.use(hash)).toMatchObject({ id, decidedBy: 'key:admin', usesLeft: 0 });
    expect(await book.use(hash)).toBeUndefined();
    expect(book.list()).toEqual([]);
  });

  it('is there in another process and after a restart, 0600', async () => {
    const other = open();
    const { id, hash } = await book.request(request());
    expect(other.find(hash)?.state).toBe('waiting');
    await other.decide('approve', [id], OPERATOR);
    expect(book.find(hash)?.state).toBe('approved');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await open().use(hash)).toMatchObject({ id });
    expect(book.find(hash)).toBeUndefined();
  });

  it('gives each use to one of many that want it at once', async () => {
    const { id, hash } = await book.request(request({ uses: 3 }));
    await book.decide('approve', [id], OPERATOR);
    const taken = await Promise.all(Array.from({ length: 10 }, async () => await open().use(hash)));
    expect(taken.filter((used) => used !== undefined).map(({ usesLeft }) => usesLeft)).toEqual([2, 1, 0]);
  });

  it('expires: a request after its time, an approval after the time the rule gives', async () => {
    const late = await book.request(request());
    const soon = await book.request(request({ validSeconds: 5 }));
    await book.decide('approve', [soon.id], OPERATOR);
    now += 5000;
    expect(await book.use(soon.hash)).toBeUndefined();
    expect(book.find(late.hash)?.state).toBe('waiting');
    now += 3_600_000;
    expect(book.list()).toEqual([]);
    await expect(book.decide('approve', [late.id], OPERATOR)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' });
    expect(await book.acceptByCaller(late.id)).toBeUndefined();
  });

  it('is approved for less than the rule says, and never for more', async () => {
    const { id, hash } = await book.request(request({ uses: 5 }));
    for (const terms of [{ uses: 6 }, { uses: 0 }, { uses: 1.5 }, { validSeconds: 601 }, { uses: Number.NaN }])
      await expect(book.decide('approve', [id], { ...OPERATOR, ...terms })).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await book.decide('approve', [id], { ...OPERATOR, uses: 2, validSeconds: 1 });
    expect(await book.use(hash)).toMatchObject({ usesLeft: 1 });
    now += 1000;
    expect(await book.use(hash)).toBeUndefined();
  });

  it('is decided all or nothing, once, and not by its own caller unless configured', async () => {
    const [mine, other] = [await book.request(request()), await book.request(request({ principal: 'key:bob' }))];
    await expect(book.decide('approve', [other.id, mine.id], { by: 'key:alice' })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(book.decide('approve', [other.id, 'call-0000'], OPERATOR)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' });
    expect(book.find(other.hash)?.state).toBe('waiting');
    settings = { ...settings, selfApproval: true };
    await book.decide('approve', [mine.id], { by: 'key:alice' });
    expect(await book.use(mine.hash)).toBeDefined();
    await book.decide('reject', [other.id], OPERATOR);
    await expect(book.decide('approve', [other.id], OPERATOR)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' });
    expect(await book.use(other.hash)).toBeUndefined();
  });

  it('an operator alone decides where the rule says so', async () => {
    const { id, hash } = await book.request(request({ by: 'operator' }));
    expect(await book.acceptByCaller(id)).toBeUndefined();
    expect(book.find(hash)?.state).toBe('waiting');
    const asked = await book.request(request());
    expect(await book.acceptByCaller(asked.id)).toMatchObject({ decidedBy: 'elicitation', usesLeft: 0 });
    expect(await book.acceptByCaller(asked.id)).toBeUndefined();
  });

  it('is bounded for each principal and in all; refusals give way', async () => {
    settings = { ...settings, maxPerPrincipal: 2, maxKept: 3 };
    const first = await book.request(request());
    await book.request(request());
    await expect(book.request(request())).rejects.toMatchObject({ code: 'APPROVALS_FULL' });
    await book.request(request({ principal: 'key:bob' }));
    await expect(book.request(request({ principal: 'key:carl' }))).rejects.toMatchObject({ code: 'APPROVALS_FULL' });
    await book.decide('reject', [first.id], OPERATOR);
    await book.request(request({ principal: 'key:carl' }));
    expect(book.find(first.hash)).toBeUndefined();
    expect(book.list()).toHaveLength(3);
  });

  it('keeps one entry for one call, however often it is asked for', async () => {
    const one = request();
    await book.request(one);
    expect(await book.request({ ...one, id: 'call-ffffffffffffffff' })).toMatchObject({ id: one.id });
    await book.withdraw(one.id);
    expect(book.list()).toEqual([]);
  });

  it('a damaged file is an error: what was refused does not become open', async () => {
    await book.request(request());
    const text = readFileSync(path, 'utf8');
    for (const bad of ['{', '{"calls":{}}', text.replace('"waiting"', '"granted"'), text.replace(/"usesLeft":0/, '"usesLeft":"9"'), '[]']) {
      writeFileSync(path, bad, { mode: 0o600 });
      expect(() => open().list()).toThrow(expect.objectContaining({ code: 'STORAGE_CORRUPT' }));
      await expect(open().request(request())).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' });
    }
  });
});
