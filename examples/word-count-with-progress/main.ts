/** A gateway with one tool of its own, over HTTP, until Ctrl-C: `node examples/word-count-with-progress/main.ts`. */
import { createApp, runApp } from '../../src/index.ts';
import { wordCount } from './word-count.ts';

const app = createApp({ tools: [wordCount] });
await runApp(app, { onReady: () => console.error(`MCP at ${app.endpoints().url}/mcp`) });
