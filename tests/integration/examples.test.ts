import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'examples-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const environment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  SWITCHYARD_HOME: join(home, 'state'),
  SWITCHYARD_SERVER__PORT: '0',
});

describe('T14.d the examples run as they are', () => {
  test('hello-tool, for a client over stdio', async () => {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StdioClientTransport({ command: process.execPath, args: ['examples/hello-tool/main.ts'], env: environment(), stderr: 'ignore' }));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('hello');
    const { structuredContent } = await client.callTool({ name: 'hello', arguments: { name: 'Ann' } });
    expect(structuredContent).toMatchObject({ success: true, data: { greeting: expect.stringMatching(/^Hello Ann, says local:/) as string } });
    await client.close();
  });

  test('word-count-with-progress, over HTTP', async () => {
    const gateway = spawn(process.execPath, ['examples/word-count-with-progress/main.ts'], { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      const url = new URL(await addressOf(gateway));
      const key = readFileSync(join(home, 'state', 'admin.key'), 'utf8').trim();
      const client = new Client({ name: 'test', version: '1' });
      await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers: { authorization: `Bearer ${key}` } } }));
      const steps: number[] = [];
      const text = 'some words and some more words '.repeat(10_000);
      const { content, structuredContent } = await client.callTool(
        { name: 'word_count', arguments: { text } },
        { onprogress: ({ progress }) => steps.push(progress) },
      );
      expect(structuredContent).toMatchObject({
        data: {
          words: 60_000,
          frequent: [
            { word: 'some', count: 20_000 },
            { word: 'words', count: 20_000 },
            { word: 'and', count: 10_000 },
          ],
        },
      });
      expect(content).toMatchObject([{ type: 'text', text: '60000 words; most frequent: some (20000), words (20000), and (10000)' }]);
      expect(steps.length).toBeGreaterThan(2);
      await client.close();
    } finally {
      gateway.kill('SIGTERM');
      await new Promise((closed) => {
        gateway.once('close', closed);
      });
    }
    expect(gateway.exitCode).toBe(0);
  });
});

/** The address the example prints when it is ready. */
async function addressOf(gateway: ChildProcess): Promise<string> {
  if (gateway.stderr) {
    for await (const line of createInterface({ input: gateway.stderr })) {
      const [, address] = /^MCP at (\S+)$/.exec(line) ?? [];
      if (address !== undefined) {
        gateway.stderr.resume();
        return address;
      }
    }
  }
  throw new Error('The example ended before it was ready.');
}
