/** The control of start-path.test.ts: answers a request after loading what it should not. */
process.stdin.on('data', async (line) => {
  await import('node:http');
  await import('yaml');
  const { id } = JSON.parse(String(line));
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: {} })}\n`);
});
