import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app/app.ts';
import { memoryLogger } from '../../helpers/edge.ts';

const ENV = { ANTHROPIC_API_KEY: 'sk-well-known-1' };
let folder = '';
let app: App;
let url = '';
let key = '';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sy-well-known-'));
  const home = join(folder, 'home');
  app = createApp({ home, cwd: folder, env: ENV, doors: ['http'], isWatching: false, logger: memoryLogger([]), config: { server: { port: 0 } } });
  await app.start();
  ({ url } = app.endpoints());
  key = readFileSync(join(home, 'admin.key'), 'utf8').trim();
});
afterEach(async () => {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
});

const get = async (path: string): Promise<string> => await (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } })).text();

// @requirement M1.c
describe('a gateway whose configuration names no provider', () => {
  it('has the well-known ones; one without its key says which variable to set', async () => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'openai/gpt-any', messages: [{ role: 'user', content: 'hi' }] }),
    });
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch(/not configured.*OPENAI_API_KEY/s);
  });

  it('lists the names that lead to a provider with a key, and none of the others', async () => {
    const { data } = JSON.parse(await get('/v1/models')) as { data: { id: string }[] };
    const names = data.map(({ id }) => id);
    expect(names).toEqual(expect.arrayContaining(['haiku', 'sonnet', 'opus', 'fable', 'default']));
    expect(names).not.toContain('gemini-pro');
  });
});
