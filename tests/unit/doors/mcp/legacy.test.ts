import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scope } from '../../../../src/core/scope.ts';
import { ChangeHub } from '../../../../src/doors/mcp/change-hub.ts';
import { EventStore, parseEventId } from '../../../../src/doors/mcp/legacy/event-store.ts';
import { readHandshake } from '../../../../src/doors/mcp/legacy/handshake.ts';
import { Questions } from '../../../../src/doors/mcp/legacy/questions.ts';
import { Sessions } from '../../../../src/doors/mcp/legacy/sessions.ts';
import { LineSplitter } from '../../../../src/core/lines.ts';
import { Pulse } from '../../../../src/doors/mcp/pulse.ts';
import { codeOf } from '../../../helpers/failure-of.ts';

const LIMITS = { max: 3, maxPerPrincipal: 2, ttlMs: 1000, maxEvents: 10, maxEventChars: 1000 };
const HANDSHAKE = readHandshake({ protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } }, ['2025-11-25']);
const forgotten: string[] = [];
const clients = {
  touch: () => {
    throw new Error('unused');
  },
  forget: (id: string) => forgotten.push(id),
  list: () => [],
};
const noCatalog = { resolve: () => undefined, list: () => [], subscribe: () => () => undefined };

const WHOLE = { profile: undefined, changes: new ChangeHub(noCatalog, undefined) };
const REVIEW = { profile: 'review', changes: new ChangeHub(noCatalog, 'review') };

function newSessions(): Sessions {
  return new Sessions(LIMITS, clients, new Pulse());
}

describe('sessions', () => {
  it('have ids of 128 random bits, and are SESSION_UNKNOWN to everybody else', () => {
    const sessions = newSessions();
    const { id } = sessions.create('alice', WHOLE, HANDSHAKE);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(sessions.get(id, 'alice', undefined).id).toBe(id);
    for (const [unknown, principal] of [
      [id, 'bob'],
      ['', 'alice'],
      ['__proto__', 'alice'],
      [id.slice(1), 'alice'],
    ] as const) {
      expect(codeOf(() => sessions.get(unknown, principal, undefined))).toBe('SESSION_UNKNOWN');
    }
  });

  // @requirement G2.d
  it('belong to the virtual server that they were made with', () => {
    const sessions = newSessions();
    const { id } = sessions.create('alice', REVIEW, HANDSHAKE);
    expect(sessions.get(id, 'alice', 'review').id).toBe(id);
    expect(codeOf(() => sessions.get(id, 'alice', undefined))).toBe('SESSION_UNKNOWN');
    expect(codeOf(() => sessions.get(id, 'alice', 'other'))).toBe('SESSION_UNKNOWN');
  });

  it('end with the least recently used one of their principal beyond its limit', () => {
    const sessions = newSessions();
    const [first, second] = [sessions.create('alice', WHOLE, HANDSHAKE), sessions.create('alice', WHOLE, HANDSHAKE)];
    sessions.get(first.id, 'alice', undefined);
    sessions.create('alice', WHOLE, HANDSHAKE);
    expect(codeOf(() => sessions.get(second.id, 'alice', undefined))).toBe('SESSION_UNKNOWN');
    expect(sessions.get(first.id, 'alice', undefined)).toBe(first);
    expect(forgotten).toContain(second.contextId);
    expect(sessions.size).toBe(2);
  });

  it('are refused with SESSION_LIMIT when all that fit are busy, and never above the limit', () => {
    const sessions = newSessions();
    const busy = ['a', 'a', 'b'].map((principal) => sessions.create(principal, WHOLE, HANDSHAKE));
    const scopes = busy.map((session) => session.inFlight.begin(1));
    expect(codeOf(() => sessions.create('c', WHOLE, HANDSHAKE))).toBe('SESSION_LIMIT');
    busy[2]?.inFlight.end(1, scopes[2] ?? new Scope());
    sessions.create('c', WHOLE, HANDSHAKE);
    expect(sessions.size).toBe(3);
  });

  it('a request that ends late leaves the next one of its id alone', () => {
    const { inFlight } = newSessions().create('a', WHOLE, HANDSHAKE);
    const first = inFlight.begin(1);
    inFlight.end(1, first);
    const second = inFlight.begin(1);
    // As the answer of a call does whose client has left and come again.
    inFlight.end(1, first);
    expect(inFlight.size).toBe(1);
    inFlight.cancel(1);
    expect(second.reason?.code).toBe('CANCELLED');
    inFlight.end(1, second);
    expect(inFlight.size).toBe(0);
  });

  it('end when nobody used them for their time, unless they are busy', () => {
    const sessions = newSessions();
    const [idle, busy] = [sessions.create('a', WHOLE, HANDSHAKE), sessions.create('b', WHOLE, HANDSHAKE)];
    busy.inFlight.begin(1);
    sessions.tick(idle.usedAt + LIMITS.ttlMs - 1);
    expect(sessions.size).toBe(2);
    sessions.tick(idle.usedAt + LIMITS.ttlMs + 100);
    expect(sessions.size).toBe(1);
    expect(sessions.get(busy.id, 'b', undefined)).toBe(busy);
  });

  it('refuse a second request with an id that is under way', () => {
    const { inFlight } = newSessions().create('a', WHOLE, HANDSHAKE);
    inFlight.begin('x');
    expect(codeOf(() => inFlight.begin('x'))).toBe('INVALID_REQUEST');
  });
});

describe('kept events', () => {
  it('are bounded in number and size, the oldest forgotten first', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ stream: fc.nat(3), text: fc.string({ maxLength: 400 }) }), { maxLength: 60 }), (added) => {
        const store = new EventStore(10, 1000);
        const ids = added.map(({ stream, text }) => ({ stream, text, id: store.add(stream, text) }));
        const kept = [0, 1, 2, 3].flatMap((stream) => store.after({ stream, sequence: 0 }));
        expect(kept.length).toBeLessThanOrEqual(10);
        expect(kept.reduce((chars, { text }) => chars + text.length, 0)).toBeLessThanOrEqual(1000);
        expect(new Set(ids.map(({ id }) => id)).size).toBe(ids.length);
        const newest = ids.slice(-kept.length || ids.length).map(({ id }) => id);
        expect(kept.map(({ id }) => id).sort()).toEqual(kept.length === 0 ? [] : newest.sort());
      }),
    );
  });

  it('are replayed behind the position, of that stream alone', () => {
    const store = new EventStore(10, 1000);
    const first = store.add(1, 'a');
    store.add(2, 'b');
    store.add(1, 'c');
    expect(store.after(parseEventId(first) ?? { stream: 0, sequence: 0 }).map(({ text }) => text)).toEqual(['c']);
  });

  it.each(['', '1', '1-', '-1', '1-2-3', 'a-b', '1-2 ', '99999999999-1'])('have no id %j', (text) => {
    expect(parseEventId(text)).toBeUndefined();
  });
});

describe('questions', () => {
  it('get their own answers, in whatever order these come', async () => {
    const questions = new Questions();
    const sent: { id: number }[] = [];
    const asker = questions.asker({ sampling: {}, roots: {} }, (text) => {
      sent.push(JSON.parse(text) as { id: number });
    });
    const asked = asker.ask({ a: { method: 'roots/list', params: {} }, b: { method: 'sampling/createMessage', params: {} } });
    questions.settle({ id: sent[1]?.id ?? 0, result: { role: 'assistant', model: 'm', content: { type: 'text', text: 'B' } } });
    questions.settle({ id: sent[0]?.id ?? 0, result: { roots: [] } });
    questions.settle({ id: 999, result: {} });
    expect(await asked).toMatchObject({ a: { roots: [] }, b: { model: 'm' } });
  });

  it('that are not answered by the end of the call are withdrawn', () => {
    const questions = new Questions();
    const sent: string[] = [];
    const asker = questions.asker({ roots: {} }, (text) => {
      sent.push(text);
    });
    void asker.ask({ a: { method: 'roots/list', params: {} } });
    asker.end();
    asker.end();
    expect(sent.map((text) => (JSON.parse(text) as { method: string }).method)).toEqual(['roots/list', 'notifications/cancelled']);
  });
});

describe('lines', () => {
  it('are the same however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, ''))),
        fc.array(fc.integer({ min: 1, max: 20 })),
        (words, cuts) => {
          const bytes = Buffer.from(words.map((word, index) => `${word}${index % 2 === 0 ? '\n' : '\r\n'}`).join(''));
          const lines: string[] = [];
          const splitter = new LineSplitter(1000, { onLine: (line) => lines.push(line.toString()), onTooLong: () => lines.push('too long') });
          let at = 0;
          for (const cut of cuts) splitter.push(bytes.subarray(at, (at += cut)));
          splitter.push(bytes.subarray(at));
          splitter.end();
          expect(lines).toEqual(words.filter((word) => word !== ''));
        },
      ),
    );
  });
});
