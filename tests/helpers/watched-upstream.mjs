// A legacy server over stdio whose resources can be watched: `node watched-upstream.mjs <file>`. The file gets a line for each request of note.
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , file] = process.argv;
const note = (text) => appendFileSync(file, `${text}\n`);
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const watched = new Set();

const RUN = {
  initialize: () => ({
    protocolVersion: '2025-06-18',
    capabilities: { tools: {}, logging: {}, resources: { subscribe: true } },
    serverInfo: { name: 'watched', version: '1' },
  }),
  'tools/list': () => ({ tools: ['touch', 'die', 'speak'].map((name) => ({ name, inputSchema: { type: 'object' } })) }),
  'resources/list': () => ({
    resources: [
      { uri: 'watched://a', name: 'a' },
      { uri: 'watched://b', name: 'b' },
    ],
  }),
  'resources/subscribe': ({ uri }) => {
    watched.add(uri);
    note(`subscribe ${uri}`);
    return {};
  },
  'resources/unsubscribe': ({ uri }) => {
    watched.delete(uri);
    note(`unsubscribe ${uri}`);
    return {};
  },
  'logging/setLevel': ({ level }) => {
    note(`level ${level}`);
    return {};
  },
  'tools/call': ({ name }) => {
    if (name === 'speak') {
      for (const level of ['debug', 'info', 'error']) send({ method: 'notifications/message', params: { level, data: `a word of ${level}` } });
    }
    if (name === 'die') process.exit(3);
    for (const uri of watched) send({ method: 'notifications/resources/updated', params: { uri } });
    return { content: [{ type: 'text', text: [...watched].join(' ') }] };
  },
};

note('start');
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line);
  if (id === undefined) return;
  const run = RUN[method];
  if (run) send({ id, result: run(params) });
  else send({ id, error: { code: -32601, message: 'Method not found' } });
});
