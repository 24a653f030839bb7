/** SDK v2: its handler behind its own node:http adapter, one tool. `sdk-http.mjs <port>` */
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

const handler = createMcpHandler(
  () => {
    const server = new McpServer({ name: 'sdk', version: '1.0.0' });
    server.registerTool('echo', { description: 'Echo', inputSchema: z.object({ message: z.string() }) }, ({ message }) => ({
      content: [{ type: 'text', text: message }],
    }));
    return server;
  },
  { responseMode: 'json' },
);

createServer(toNodeHandler(handler)).listen(Number(process.argv[2]), '127.0.0.1');
