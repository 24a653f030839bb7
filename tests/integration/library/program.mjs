/**
 * A program that embeds the gateway, as its author would write it: everything comes from the package's own
 * name. Prints where it is reached as JSON; ends by itself once the gateway has stopped.
 */
import { createApp, defineResource, definePrompt, defineTool, getApp, runApp } from 'switchyard';

if (getApp() !== undefined) throw new Error('a gateway before the start');

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  input: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'], additionalProperties: false },
  output: { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] },
  annotations: { readOnlyHint: true },
  handler: ({ a, b }, { principal }) => ({ sum: a + b, by: principal.id }),
});
const motto = defineResource({
  uri: 'demo://motto',
  name: 'motto',
  mimeType: 'text/plain',
  read: (uri) => [{ uri, mimeType: 'text/plain', text: 'One road.' }],
});
const greet = definePrompt({
  name: 'greet',
  description: 'Greets somebody.',
  arguments: [{ name: 'who', required: true }],
  get: ({ who }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Greet ${who}.` } }] }),
});

/** A door: GET /demo/add/1/2. Whoever calls is identified, authorized and recorded as at every other door. */
const demo = (runner) => ({
  name: 'demo',
  owns: (path) => path.startsWith('/demo/'),
  async handle({ request, response, path, source }) {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const credential = token === undefined ? { kind: 'none' } : { kind: 'bearer', token };
    const admission = await runner.admit({ door: 'demo', source, credential });
    const [, , name, a, b] = path.split('/');
    const trace = { correlationId: request.headers['x-correlation-id'] ?? 'none' };
    const { terminal } = await runner.run({ admission, target: { kind: 'tool', name }, input: { a: Number(a), b: Number(b) }, trace });
    if (terminal.type === 'error') throw terminal.error;
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(terminal.value));
  },
});

const app = createApp({ tools: [add], resources: [motto], prompts: [greet], mounts: (runner) => [demo(runner)], config: { server: { port: 0 } } });
await runApp(app, {
  onReady() {
    if (getApp() !== app) throw new Error('another gateway runs');
    console.log(JSON.stringify(app.endpoints()));
  },
});
console.log(getApp() === undefined ? 'stopped' : 'still there');
