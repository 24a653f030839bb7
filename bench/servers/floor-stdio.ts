/** The floor: parses each line of stdin as JSON and answers with it as a result. */
let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    const { id, params } = JSON.parse(line) as { readonly id?: number; readonly params?: unknown };
    if (id !== undefined) process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: params ?? {} })}\n`);
  }
});
