/** One connection's messages, with a wire of the test's own. */
import { expect, it } from 'vitest';
import { Scope } from '../../../src/core/scope.ts';
import type { UpstreamListener } from '../../../src/contracts/upstream.ts';
import type { Waiting } from '../../../src/upstreams/connection/wire.ts';
import { Conversation } from '../../../src/upstreams/connection/conversation.ts';

const scope = new Scope();

function bench(): { readonly conversation: Conversation; readonly sent: string[]; readonly waiting: Waiting[] } {
  const conversation = new Conversation(() => undefined);
  const sent: string[] = [];
  const waiting: Waiting[] = [];
  conversation.use({
    send: (entry, text) => {
      waiting.push(entry);
      sent.push(text);
    },
    tell: (text) => void sent.push(text),
    abandon: () => undefined,
    close: () => Promise.resolve(),
  });
  return { conversation, sent, waiting };
}

const progress = (token: number, value: number): object => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken: token, progress: value },
});

it('a client that takes nothing makes parts be dropped, not kept', async () => {
  const { conversation } = bench();
  let asked = 0;
  const never = new Promise<void>(() => undefined);
  const call = conversation.request('tools/call', {}, scope, {
    emit: () => {
      asked += 1;
      return never;
    },
  });
  for (let value = 0; value < 1000; value += 1) conversation.receive(progress(1, value));
  expect(asked).toBe(64);
  conversation.receive({ jsonrpc: '2.0', id: 1, result: {} });
  expect(await call).toEqual({});
});

it('a question on a shared pipe is put to nobody while two calls wait, and to the one where there is one', async () => {
  const { conversation, sent } = bench();
  const asked: string[] = [];
  const listen = (name: string) => ({
    ask: async (): Promise<Record<string, { action: string }>> => {
      asked.push(name);
      return { q1: { action: 'decline' } };
    },
  });
  const question = { jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: { message: 'Who?' } };
  const first = conversation.request('tools/call', {}, scope, listen('first'));
  const second = conversation.request('tools/call', {}, scope, listen('second'));
  conversation.receive(question);
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toEqual([]);
  expect(sent.at(-1)).toContain('Nobody can be asked');
  conversation.receive({ jsonrpc: '2.0', id: 1, result: {} });
  await first;
  conversation.receive(question);
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toEqual(['second']);
  expect(sent.at(-1)).toBe('{"jsonrpc":"2.0","id":"q","result":{"action":"decline"}}');
  conversation.receive({ jsonrpc: '2.0', id: 2, result: {} });
  await second;
});

it('a question belongs to the one call that waits, also while the gateway reads lists for itself', async () => {
  const { conversation, sent } = bench();
  const call = conversation.request('tools/call', {}, scope, { ask: () => Promise.resolve({ q1: { action: 'accept' } }) });
  const list = conversation.once('tools/list', {}, scope);
  conversation.receive({ jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: { message: 'Sure?' } });
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent.at(-1)).toBe('{"jsonrpc":"2.0","id":"q","result":{"action":"accept"}}');
  conversation.receive({ jsonrpc: '2.0', id: 1, result: {} });
  conversation.receive({ jsonrpc: '2.0', id: 2, result: {} });
  await Promise.all([call, list]);
  // The control: with no call there is nobody.
  void conversation.once('tools/list', {}, scope);
  conversation.receive({ jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: { message: 'Sure?' } });
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent.at(-1)).toContain('Nobody can be asked');
});

it('what comes late on the stream of a call that has ended reaches no other caller', async () => {
  const { conversation, sent, waiting } = bench();
  const heard: string[] = [];
  const listen = (name: string): UpstreamListener => ({
    ask: () => {
      heard.push(`${name} is asked`);
      return Promise.resolve({ q1: { action: 'accept' } });
    },
    emit: ({ type }) => void heard.push(`${name} gets ${type}`),
  });
  const first = conversation.request('tools/call', {}, scope, listen('first'));
  const second = conversation.request('tools/call', {}, scope, listen('second'));
  const [stream, other] = waiting;
  conversation.receive({ jsonrpc: '2.0', id: 1, result: {} }, stream);
  await first;
  const question = { jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: { message: 'The password of the first?' } };
  conversation.receive(question, stream);
  conversation.receive({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'error', data: 'of the first' } }, stream);
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([]);
  expect(sent.at(-1)).toContain('Nobody can be asked');
  // The control: on its own stream.
  conversation.receive(question, other);
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual(['second is asked']);
  conversation.receive({ jsonrpc: '2.0', id: 2, result: {} }, other);
  await second;
});
