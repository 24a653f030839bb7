import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { prepareHost } from '../../tools/host.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-host-'));

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('C3.b: programs that tests need', () => {
  it('are reported as missing where they may not be installed, and only those', async () => {
    vi.stubEnv('SWITCHYARD_TEST_INSTALL', '0');
    expect(await prepareHost(() => [folder])).toEqual(['chromium', 'bwrap', 'python3', 'zsh', 'fish', 'redis-server', 'openssl', 'initdb']);
    writeFileSync(join(folder, 'bwrap'), '');
    expect(await prepareHost(() => [folder])).toEqual(['chromium', 'python3', 'zsh', 'fish', 'redis-server', 'openssl', 'initdb']);
  });
});
