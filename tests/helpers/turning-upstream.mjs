// A server over stdio whose definitions are those of a file, read anew at each list: `node turning-upstream.mjs <file> [called]`.
// The file: {"tools": [...], "announce": true}. With `announce` it says list_changed as soon as the file changes. Calls are noted.
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , file, called] = process.argv;
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const state = () => JSON.parse(readFileSync(file, 'utf8'));

let seen = statSync(file).mtimeMs;
setInterval(() => {
  const now = statSync(file).mtimeMs;
  if (now === seen) return;
  seen = now;
  if (state().announce) send({ method: 'notifications/tools/list_changed' });
}, 20).unref();

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === 'initialize') {
    send({
      id,
      result: { protocolVersion: params.protocolVersion, capabilities: { tools: { listChanged: true } }, serverInfo: { name: 'turning', version: '1' } },
    });
  } else if (method === 'tools/list') send({ id, result: { tools: state().tools } });
  else if (method === 'tools/call') {
    appendFileSync(called, `${params.name}\n`);
    send({ id, result: { content: [{ type: 'text', text: `called ${params.name}` }] } });
  } else send({ id, error: { code: -32601, message: 'unknown' } });
});
