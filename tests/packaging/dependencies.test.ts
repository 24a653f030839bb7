// @requirement C3.c
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BundleGraph } from '../../tools/bundle.ts';
import { root } from '../../tools/paths.ts';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;
const SHIPPED_LICENCES = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0', 'CC0-1.0', 'Unlicense']);
/** Tools that are only run here may also be under these. */
const TOOL_LICENCES = new Set([...SHIPPED_LICENCES, 'MPL-2.0', 'Python-2.0', 'CC-BY-4.0']);

const read = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;
const { packages } = read<{ packages: Readonly<Record<string, LockedPackage>> }>('package-lock.json');

/** Names with loose versions. */
function looseIn({ dependencies, devDependencies, optionalDependencies }: Manifest): string[] {
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter(([, version]) => !EXACT.test(version))
    .map(([name, version]) => `${name}@${version}`);
}

/** An SPDX expression is free when one side of each `OR`, and every side of an `AND`, is. */
function isFree(expression: string | undefined, allowed: ReadonlySet<string>): boolean {
  const text = (expression ?? '').replace(/^\((.*)\)$/, '$1');
  return text.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => allowed.has(licence)));
}

/** Locked packages, without the root, whose licence is not on the list. */
function unfreeAmong(locked: Readonly<Record<string, LockedPackage>>, isShipped: (path: string) => boolean): string[] {
  return Object.entries(locked)
    .filter(([path]) => path !== '')
    .filter(([path, { license }]) => !isFree(license, isShipped(path) ? SHIPPED_LICENCES : TOOL_LICENCES))
    .map(([path, { license }]) => `${path}: ${license}`);
}

describe('dependencies', () => {
  it('are pinned exactly, in every manifest', () => {
    const manifests = globSync(['package.json', 'tools/lint/package.json', 'bench/**/package.json', 'tests/**/package.json', 'examples/**/package.json'], {
      cwd: root,
      exclude: ['**/node_modules/**'],
    });
    expect(manifests).toContain('tools/lint/package.json');
    expect(manifests.flatMap((path) => looseIn(read<Manifest>(path)).map((name) => `${path}: ${name}`))).toEqual([]);
    expect(looseIn({ dependencies: { a: '^1.0.0', b: '1.x', c: 'latest', d: '1.2.3', e: '1.2.3-alpha.4', f: 'git+https://example.org/f' } })).toEqual([
      'a@^1.0.0',
      'b@1.x',
      'c@latest',
      'f@git+https://example.org/f',
    ]);
  });

  it('have free licences; what is bundled or installed with us, without copyleft', () => {
    const bundled = Object.values(read<BundleGraph>('dist/meta.json').outputs).flat();
    const isShipped = (path: string): boolean => packages[path]?.dev !== true || bundled.some((file) => file.startsWith(`${path}/`));
    expect(Object.keys(packages).filter(isShipped).length).toBeGreaterThan(1);
    expect(unfreeAmong(packages, isShipped)).toEqual([]);
  });

  it('would be refused under another licence', () => {
    const locked = { a: { license: 'GPL-3.0' }, b: { license: '(MIT OR GPL-3.0)' }, c: { license: 'MIT AND GPL-3.0' }, d: {}, e: { license: 'MPL-2.0' } };
    expect(unfreeAmong(locked, () => true)).toEqual(['a: GPL-3.0', 'c: MIT AND GPL-3.0', 'd: undefined', 'e: MPL-2.0']);
    expect(unfreeAmong(locked, () => false)).toEqual(['a: GPL-3.0', 'c: MIT AND GPL-3.0', 'd: undefined']);
  });

  it('run no script when a user installs them', () => {
    expect(
      Object.entries(packages)
        .filter(([path, { dev, hasInstallScript }]) => path !== '' && dev !== true && hasInstallScript === true)
        .map(([path]) => path),
    ).toEqual([]);
  });

  it('are locked without the address of a registry', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
  });
});
