// @requirement C3.c
import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../tools/paths.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'switchyard-packaging-'));
const project = join(folder, 'project');
const installed = join(project, 'node_modules/switchyard');
const offline = ['--offline', '--no-audit', '--no-fund', '--loglevel=error'];
let packed: { readonly filename: string; readonly size: number; readonly files: readonly { readonly path: string }[] };

// `npm test` has built dist before this runs; --ignore-scripts keeps npm pack from building it again.
beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  [packed] = JSON.parse(stdout) as [typeof packed];
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"name":"consumer","private":true,"type":"module"}');
  await run('npm', ['install', ...offline, join(folder, packed.filename)], { cwd: project });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  it('holds the program, the library, its types and the licences, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'package.json',
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
        'dist/cli/main.js',
        'schema/switchyard.schema.json',
        'dist/lib/main.mjs',
        'dist/lib/index.mjs',
        'dist/types/index.d.ts',
        'dist/THIRD-PARTY-LICENSES.txt',
      ]),
    );
    expect(
      paths.filter(
        (path) =>
          !/^(?:schema\/.*|package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/(?:cli|lib|types|schema|console)\/.*|dist\/THIRD-PARTY-LICENSES\.txt)$/.test(
            path,
          ),
      ),
    ).toEqual([]);
  });

  it('is at most 3 MB', () => expect(packed.size).toBeLessThanOrEqual(3 * 1024 * 1024));

  it('names no folder of the machine that built it', () => {
    const machine = [root, homedir()].filter((path) => path.length > 1);
    const leaks = globSync('dist/**/*.{js,mjs,ts,json,txt}', { cwd: installed }).filter((file) =>
      machine.some((path) => readFileSync(join(installed, file), 'utf8').includes(`${path}/`)),
    );
    expect(leaks).toEqual([]);
  });

  it('runs no script when it is installed, nor does anything it depends on', () => {
    const manifests = globSync('node_modules/{*,@*/*}/package.json', { cwd: project }).map(
      (file) => JSON.parse(readFileSync(join(project, file), 'utf8')) as { name: string; scripts?: Record<string, string> },
    );
    const scripts = manifests.flatMap(({ name, scripts = {} }) =>
      Object.keys(scripts)
        .filter((script) => ['preinstall', 'install', 'postinstall'].includes(script))
        .map((script) => `${name}: ${script}`),
    );
    expect(manifests.map(({ name }) => name)).toContain('switchyard');
    expect(scripts).toEqual([]);
  });
});

describe('the installed package', () => {
  it('runs its program', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const { stdout } = await run(join(project, 'node_modules/.bin/switchyard'), ['--version'], {
      env: { ...process.env, SWITCHYARD_HOME: join(folder, 'home') },
    });
    expect(stdout.trim()).toBe(version);
    expect(statSync(join(installed, 'dist/cli/main.js')).mode & 0o111).not.toBe(0);
    expect(globSync('dist/cache/*/*', { cwd: installed }).length, 'compiled code is kept for the next start').toBeGreaterThan(0);
  });

  it('can be imported', async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', "console.log(Object.keys(await import('switchyard')).sort().join(' '))"], {
      cwd: project,
    });
    expect(stdout.trim().split(' ')).toEqual(expect.arrayContaining(['AppError', 'createApp', 'getApp', 'runApp']));
  });

  it('has types that a strict consumer compiles', async () => {
    writeFileSync(
      join(project, 'consumer.ts'),
      "import { AppError, createApp, type ErrorCode } from 'switchyard';\nexport const code: ErrorCode = new AppError('INTERNAL').code;\nexport const make: typeof createApp = createApp;\n// @ts-expect-error no such code\nexport const wrong = new AppError('NO_SUCH_CODE');\n",
    );
    mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
    for (const types of ['@types/node', 'undici-types']) symlinkSync(join(root, 'node_modules', types), join(project, 'node_modules', types));
    await expect(
      run(
        process.execPath,
        [
          join(root, 'node_modules/typescript/bin/tsc'),
          '--noEmit',
          '--strict',
          '--exactOptionalPropertyTypes',
          '--module',
          'nodenext',
          '--target',
          'es2024',
          '--types',
          'node',
          'consumer.ts',
        ],
        { cwd: project },
      ).catch((error: { readonly stdout: string }) => error.stdout),
    ).resolves.toMatchObject({ stdout: '' });
  });
});

describe('the launcher', () => {
  /** The launcher alone, in a folder of its own, as a Node of that version would see it. */
  const launch = (version: string, place: string): Promise<{ stdout: string; stderr: string; code: number }> => {
    mkdirSync(join(place, 'cli'), { recursive: true });
    cpSync(join(root, 'dist/cli'), join(place, 'cli'), { recursive: true });
    const pretend = join(place, 'pretend.cjs');
    writeFileSync(
      pretend,
      `if (!process.env.PRETENDED) { process.env.PRETENDED = '1'; Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } }); }`,
    );
    return run(process.execPath, ['--require', pretend, join(place, 'cli/main.js'), 'serve', '--port', '1']).then(
      ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
      (error: { readonly stdout: string; readonly stderr: string; readonly code: number }) => error,
    );
  };

  it.each(['8.17.0', '20.20.2', '22.18.9'])('C3.d: tells Node %s what to run', async (version) => {
    const { stdout, stderr, code } = await launch(version, join(folder, `old-${version}`));
    expect(stderr).toBe(`switchyard needs Node >=22.19, found ${version}; run: npx -p node@24 switchyard serve --port 1\n`);
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
  });

  it('C3.d: hands over to the Node of the checkout, with its parameters, output and exit code', async () => {
    const place = join(folder, 'checkout');
    mkdirSync(join(place, 'node_modules/node/bin'), { recursive: true });
    mkdirSync(join(place, 'lib'));
    writeFileSync(join(place, 'node_modules/node/package.json'), '{"version":"24.1.0"}');
    symlinkSync(process.execPath, join(place, 'node_modules/node/bin/node'));
    writeFileSync(join(place, 'package.json'), '{"type":"module"}');
    writeFileSync(join(place, 'lib/main.mjs'), "console.log(process.argv.slice(2).join(' ')); process.exitCode = 7;");
    await expect(launch('20.20.2', place)).resolves.toMatchObject({ stdout: 'serve --port 1\n', code: 7 });
    writeFileSync(join(place, 'lib/main.mjs'), "process.kill(process.pid, 'SIGKILL');");
    await expect(launch('20.20.2', place)).resolves.toMatchObject({ signal: 'SIGKILL' });
    writeFileSync(join(place, 'node_modules/node/package.json'), '{"version":"20.1.0"}');
    await expect(launch('20.20.2', place)).resolves.toMatchObject({ code: 1 });
  });
});
