/** The same upstream over Streamable HTTP, without sessions: `upstream-http.ts <port>`. */
import { createServer } from 'node:http';
import { answerOf, asksForResult } from './upstream-answers.ts';

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const message: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (!asksForResult(message)) return void response.writeHead(202).end();
    const text = answerOf(message, 1);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
