/**
 * A gateway with one tool of its own, for one client over stdio. Add it to a client with
 * `claude mcp add hello -- node examples/hello-tool/main.ts`.
 */
import { createApp } from '../../src/index.ts';
import { hello } from './hello.ts';

const app = createApp({ tools: [hello], doors: [] });
await app.start();
await app.serveStdio({ input: process.stdin, output: process.stdout });
await app.stop();
