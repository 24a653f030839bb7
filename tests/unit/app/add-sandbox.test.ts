/** @requirement S5.c */
import { expect, test, vi } from 'vitest';
import { proposeSandbox, type SandboxWish } from '../../../src/app/tasks/add-sandbox.ts';
import type { UpstreamDraft } from '../../../src/upstreams/entries/draft.ts';

vi.mock(import('../../../src/sandbox/native/native-driver.ts'), async (original) => ({ ...(await original()), findBwrap: () => undefined }));

const DRAFT: UpstreamDraft = { transport: 'stdio', command: '/usr/bin/python3', args: ['/usr/share'], env: {}, headers: {}, isDisabled: false };
const NONE: SandboxWish = { isWanted: false, read: [], write: [], network: false };
const PLACES = { home: '/nowhere/home', servers: '/nowhere/home/servers', cwd: '/' };

test('a machine without the level native is proposed nothing; whoever asks for the sandbox is told, instead of a plain process', async () => {
  expect(await proposeSandbox(DRAFT, NONE, PLACES)).toBeNull();
  for (const wish of [{ isWanted: true }, { read: ['/usr/share'] }, { write: ['/usr/share'] }, { network: true }])
    await expect(proposeSandbox(DRAFT, { ...NONE, ...wish }, PLACES)).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
});
