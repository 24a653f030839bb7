// A server over stdio that misbehaves: `node bad-upstream.mjs <mode> [file]`. The file gets a line for what is worth knowing.
import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , mode = 'ok', file, other] = process.argv;
const note = (text) => file && appendFileSync(file, `${text}\n`);
/** What waits while a long line is being written: a line in the middle of another one would be two broken ones. */
let held;
const write = (line) => (held ? held.push(line) : process.stdout.write(line));
const send = (message) => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const say = (text) => ({ content: [{ type: 'text', text }] });
const tool = (name, more = {}) => ({ name, description: `The tool ${name}.`, inputSchema: { type: 'object' }, ...more });
let cancelled = [];
let lists = 0;
let late;

note(`start ${process.pid}`);
process.stderr.write(`bad upstream in mode ${mode}\n`);
if (mode === 'dies') {
  process.stderr.write('fatal: the licence key is missing\n');
  process.exit(3);
}
// Not before the other file is there.
if (mode === 'later' && !existsSync(other)) process.exit(4);
if (mode === 'dying') setTimeout(() => process.exit(1), 100);
if (mode === 'banner') process.stdout.write('Welcome!\n{not json}\n\nlistening on stdio\n');
if (mode === 'flood') setInterval(() => process.stdout.write('blah blah blah\n'.repeat(1000)), 1);
if (mode === 'stubborn' || mode === 'hang') {
  process.on('SIGTERM', () => note('sigterm'));
  // A gateway that is killed in the middle of its opening does not read the answer: no reason to end either.
  process.stdout.on('error', () => undefined);
  setInterval(() => undefined, 1000);
  const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: 'ignore' });
  note(`child ${child.pid}`);
}

const TOOLS = [
  tool('echo', {
    inputSchema: { type: 'object', properties: { words: { type: 'string' }, unit: { type: 'string' } }, required: ['words'] },
    annotations: { readOnlyHint: true },
  }),
  tool('structured', { outputSchema: { type: 'object', properties: { n: { type: 'number' } } } }),
  ...['env', 'pid', 'never', 'deaf', 'twice', 'wrong', 'late', 'crash', 'huge', 'refuse', 'nonsense', 'cancelled', 'ask', 'slow_progress', 'deafen'].map(
    (name) => tool(name),
  ),
  tool('a.dotted/name', { description: 'The dotted one.' }),
  ...(mode === 'collide' ? [tool('a_dotted_name')] : []),
  tool(`long_${'x'.repeat(100)}`),
];

const RUN = {
  echo: (id, input) => send({ id, result: say(JSON.stringify(input)) }),
  structured: (id) => send({ id, result: { content: [], structuredContent: { n: 7 }, _meta: { 'example.org/kept': true } } }),
  env: (id) => send({ id, result: say(JSON.stringify({ ...process.env, cwd: process.cwd() })) }),
  pid: (id) => send({ id, result: say(String(process.pid)) }),
  never: () => undefined,
  deaf: () => undefined,
  twice: (id) => {
    send({ id, result: say('first') });
    send({ id, result: say('second') });
  },
  wrong: (id) => {
    for (const other of [id + 1, id + 1000, `${id}`, -1, null, 1e300]) send({ id: other, result: say('not yours') });
  },
  late: (id) => {
    late = id;
  },
  crash: () => process.exit(7),
  deafen: (id) => {
    send({ id, result: say('not listening any more') });
    process.stdin.destroy();
    closeSync(0);
    setInterval(() => undefined, 1000);
  },
  huge: (id) => {
    const piece = 'x'.repeat(1024 * 1024);
    process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"`);
    held = [];
    let left = 200;
    const more = () => {
      while (left > 0) {
        left -= 1;
        if (!process.stdout.write(piece)) return process.stdout.once('drain', more);
      }
      const late = held.join('');
      held = undefined;
      process.stdout.write(`"}]}}\n${late}`);
    };
    more();
  },
  refuse: (id) => send({ id, error: { code: -32050, message: 'not today', data: { why: 'rain' } } }),
  nonsense: (id) => send({ id, result: { content: 'no list' } }),
  cancelled: (id) => {
    if (late !== undefined) send({ id: late, result: say('too late') });
    send({ id, result: say(JSON.stringify(cancelled)) });
  },
  ask: (id) => send({ id: 'question', method: 'elicitation/create', params: { message: `for ${id}`, requestedSchema: { type: 'object', properties: {} } } }),
  slow_progress: (id, _input, token) => {
    let step = 0;
    const timer = setInterval(() => {
      step += 1;
      send({ method: 'notifications/progress', params: { progressToken: token, progress: step, total: 8 } });
      if (step < 8) return;
      clearInterval(timer);
      send({ id, result: say('done') });
    }, 200);
  },
};

const ANSWERS = {
  initialize: (id) => {
    const more = mode === 'boastful' ? { resources: {}, prompts: {} } : {};
    const capabilities = { tools: { listChanged: true }, ...more };
    send({ id, result: { protocolVersion: '2025-06-18', capabilities, serverInfo: { name: 'bad', version: '1' } } });
  },
  ping: (id) => send({ id, result: {} }),
  'tools/list': (id) => {
    lists += 1;
    note(`list ${lists}`);
    const tools = mode === 'many' ? Array.from({ length: 10_000 }, (_, index) => tool(`tool${index}`)) : TOOLS;
    send({ id, result: { tools } });
    // The first process of the file ends with its list.
    if (mode === 'brief' && !readFileSync(file, 'utf8').includes('list 1\nstart')) process.exit(0);
    if (mode === 'loop' && lists === 1) setInterval(() => send({ method: 'notifications/tools/list_changed' }), 1);
  },
  'tools/call': (id, { name, arguments: input, _meta: meta }) => {
    note(`call ${name}`);
    RUN[name]?.(id, input, meta?.progressToken);
  },
};

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (mode === 'hang' || mode === 'flood') return;
  const { id, method, params = {} } = JSON.parse(line);
  if (method === undefined) return send({ id: late, result: say('answered') });
  if (method === 'notifications/cancelled') cancelled = [...cancelled, params.requestId];
  if (id === undefined) return;
  const answer = ANSWERS[method];
  if (answer) return answer(id, params);
  if (mode === 'brittle') process.exit(9);
  if (mode !== 'mute') send({ id, error: { code: -32601, message: 'Method not found' } });
});
if (mode !== 'stubborn' && mode !== 'hang') lines.on('close', () => process.exit(0));
