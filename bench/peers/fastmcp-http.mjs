/** npm fastmcp in its stateless mode, one tool. `fastmcp-http.mjs <port>` */
import { FastMCP } from 'fastmcp';
import { z } from 'zod';

const server = new FastMCP({ name: 'fastmcp', version: '1.0.0' });
server.addTool({ name: 'echo', description: 'Echo', parameters: z.object({ message: z.string() }), execute: async ({ message }) => message });
await server.start({
  transportType: 'httpStream',
  httpStream: { port: Number(process.argv[2]), host: '127.0.0.1', stateless: true, enableJsonResponse: true },
});
