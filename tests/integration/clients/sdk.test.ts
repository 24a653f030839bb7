/** The official clients against the shipped program. What they can do is tested in tests/integration/mcp; this is about the program. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditOf, bin, type Gateway, makeHome, projectOf, removeHome, startGateway, verifyHome } from '../../helpers/gateway.ts';
import { connect, type Kind, type Server, type Speaker } from '../mcp/clients.ts';

let gateway: Gateway;
let lonely: string;
beforeAll(async () => {
  gateway = await startGateway();
  lonely = makeHome();
  for (const home of [gateway.home, lonely]) writeFileSync(join(projectOf(home), 'note.txt'), 'a note');
  mkdirSync(join(gateway.home, 'workspace'), { recursive: true });
  writeFileSync(join(gateway.home, 'workspace/note.txt'), 'a note');
});
afterAll(async () => {
  for (const home of [gateway.home, lonely]) expect(await verifyHome(home)).toMatchObject({ ok: true, findings: [] });
  await gateway.stop();
  removeHome(lonely);
});

const places = ['http', 'stdio, alone', 'stdio, attached'] as const;
const kinds: readonly Kind[] = ['v2 modern', 'v2 legacy', 'v1'];

function serverOf(place: (typeof places)[number]): Server {
  if (place === 'http') return { url: `${gateway.url}/mcp`, token: gateway.key };
  const home = place === 'stdio, alone' ? lonely : gateway.home;
  return { command: process.execPath, args: [bin, 'stdio', '--home', home, '--workspace', projectOf(home)] };
}

describe.each(places.flatMap((place) => kinds.map((kind) => ({ place, kind }))))('K1.d: $kind client and the program over $place', ({ place, kind }) => {
  let speaker: Speaker;
  beforeAll(async () => {
    speaker = await connect(kind, serverOf(place));
  });
  afterAll(() => speaker.close());

  it('lists and calls', async () => {
    expect(await speaker.toolNames()).toEqual(
      expect.arrayContaining(['echo', 'health_check', 'list_directory', 'ping', 'platform_status', 'read_file', 'write_file']),
    );
    const { text, isError } = await speaker.call('read_file', { path: 'note.txt' });
    expect({ isError, text }).toEqual({ isError: false, text: expect.stringContaining('a note') });
  });

  it('is told what is wrong', async () => {
    expect(await speaker.call('read_file', { path: '/etc/passwd' })).toMatchObject({ isError: true, text: expect.stringContaining('PATH_') });
    await expect(speaker.call('no_such_tool')).rejects.toMatchObject({ code: -32602 });
    await expect(speaker.read('no://where')).rejects.toThrow();
  });

  it('reads resources', async () => {
    expect(await speaker.read('sdks://list')).toContain('valibot');
  });

  it('leaves records of what it did', async () => {
    await speaker.call('write_file', { path: `${kind} ${place}.txt`, content: 'x' });
    const home = place === 'stdio, alone' ? lonely : gateway.home;
    const written = await auditOf(home, '--target', 'tool:write_file');
    expect(written.slice(-2)).toMatchObject([
      { phase: 'intent' },
      { phase: 'outcome', outcome: 'ok', client: 'integration-test', door: place === 'http' ? 'mcp-http' : 'mcp-stdio' },
    ]);
  });

  it('K5.b: is seen in the status tool', async () => {
    const { text } = await speaker.call('platform_status');
    const revision = kind === 'v2 modern' ? '2026-07-28' : '2025-11-25';
    expect(JSON.parse(text)).toMatchObject({
      clients: expect.arrayContaining([
        {
          name: 'integration-test',
          version: '1.0.0',
          door: place === 'http' ? 'mcp-http' : 'mcp-stdio',
          protocol_version: revision,
          requests: expect.any(Number),
        },
      ]),
    });
  });
});
