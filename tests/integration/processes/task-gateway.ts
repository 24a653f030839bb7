/** A gateway with slow tools in a process of its own, to be killed: `node task-gateway.ts <home> [url of an upstream]`. Prints one line of JSON. */
import { readFileSync } from 'node:fs';
import { createApp } from '../../../src/index.ts';
import { Gate, taskTools } from '../mcp/task-tools.ts';

const [, , home = '', upstream] = process.argv;
const nothing = (): void => undefined;
const app = createApp({
  home,
  cwd: home,
  env: {},
  doors: ['http'],
  isWatching: false,
  config: {
    server: { port: 0 },
    log: { level: 'error' },
    tasks: { afterMs: 50, pollIntervalMs: 100 },
    upstreams: upstream === undefined ? {} : { far: { transport: 'http', url: upstream, headers: { Authorization: 'Bearer token-alice' } } },
  },
  tools: taskTools(new Gate(), nothing, nothing),
});
await app.start();
const { url, adminKeyFile } = app.endpoints();
console.log(JSON.stringify({ url: `${url}/mcp`, key: readFileSync(adminKeyFile, 'utf8').trim() }));
