/** SDK v2 over stdio, with ping and echo. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

serveStdio(() => {
  const server = new McpServer({ name: 'sdk', version: '1.0.0' });
  server.registerTool('ping', { description: 'Ping' }, () => ({ content: [{ type: 'text', text: 'pong' }] }));
  server.registerTool('echo', { description: 'Echo', inputSchema: z.object({ message: z.string() }) }, ({ message }) => ({
    content: [{ type: 'text', text: message }],
  }));
  return server;
});
