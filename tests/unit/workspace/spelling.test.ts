import { describe, expect, it } from 'vitest';
import type { Folder } from '../../../src/workspace/folder.ts';
import { requireSpelling } from '../../../src/workspace/walk.ts';
import type { Root } from '../../../src/workspace/root.ts';

/** A disk that ignores case, which this machine need not have. */
function stand(isCaseBlind: boolean): { readonly root: Root; readonly folder: Folder } {
  const refuse = (): never => {
    throw new Error('not needed');
  };
  const folder: Folder = {
    location: '/none',
    address: (name) => name,
    child: refuse,
    hasExactly: (name) => name === 'secrets',
    confirm: refuse,
    close: refuse,
  };
  return { root: { open: () => folder, isCaseBlind: () => isCaseBlind }, folder };
}

describe('S4: on a disk that takes SECRETS for secrets', () => {
  it('only the true spelling is found, so that a rule for `secrets/**` covers every way in', () => {
    const { root, folder } = stand(true);
    expect(() => requireSpelling(root, folder, 'secrets', 'secrets')).not.toThrow();
    expect(() => requireSpelling(root, folder, 'SECRETS', 'SECRETS')).toThrow(expect.objectContaining({ code: 'PATH_NOT_FOUND' }) as Error);
  });

  it('other disks are not asked', () => {
    const { root, folder } = stand(false);
    expect(() => requireSpelling(root, folder, 'SECRETS', 'SECRETS')).not.toThrow();
  });
});
