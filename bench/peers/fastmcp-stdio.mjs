/** npm fastmcp over stdio. */
import { FastMCP } from 'fastmcp';
import { z } from 'zod';

const server = new FastMCP({ name: 'fastmcp', version: '1.0.0' });
server.addTool({ name: 'ping', description: 'Ping', execute: async () => 'pong' });
server.addTool({ name: 'echo', description: 'Echo', parameters: z.object({ message: z.string() }), execute: async ({ message }) => message });
await server.start({ transportType: 'stdio' });
