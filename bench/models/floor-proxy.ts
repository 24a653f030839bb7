/**
 * The floor: what any gateway of this runtime has to do at least: node:http in, undici out, bytes
 * passed on. `floor-proxy.ts <port> <origin>`
 */
import { createServer } from 'node:http';
import { pipeline } from 'node:stream';
import { Pool } from 'undici';

const pool = new Pool(process.argv[3] ?? '', { connections: 256, pipelining: 1 });

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    pool
      .request({ path: request.url ?? '/', method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer upstream-key' }, body })
      .then(({ statusCode, headers, body: answer }) => {
        const { 'content-type': type = 'application/json', 'content-length': length } = headers;
        response.writeHead(statusCode, { 'content-type': String(type), ...(length === undefined ? {} : { 'content-length': String(length) }) });
        pipeline(answer, response, () => undefined);
      })
      .catch(() => response.writeHead(502).end());
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
