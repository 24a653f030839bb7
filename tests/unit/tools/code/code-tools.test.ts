import { describe, expect, it, test } from 'vitest';
import type { Policy } from '../../../../src/contracts/policy.ts';
import { createExecuteCode } from '../../../../src/tools/code/execute-code.ts';
import { createExecutePython } from '../../../../src/tools/code/execute-python.ts';
import { commandLine, createRunCommand, isAllowed } from '../../../../src/tools/code/run-command.ts';
import { compilePolicy } from '../../../../src/policy/policy.ts';
import { DEFAULT_POLICY } from '../../../../src/contracts/policy-config.ts';
import { ALICE, road } from '../road.ts';
import { OUTCOME, scriptedSandbox, type ScriptedSandbox } from '../../../helpers/scripted-sandbox.ts';

const toolsOf = ({ ports }: ScriptedSandbox): Parameters<typeof road>[0] => [createExecutePython(ports), createExecuteCode(ports), createRunCommand(ports)];

describe('execute_python', () => {
  it('T8.a: hands code, timeout and files to the sandbox, under the id of the caller', async () => {
    const made = scriptedSandbox({ answer: () => ({ ...OUTCOME, result: '{"a":[1]}', filesWritten: [{ path: 'b', size: 2 }] }) });
    const { data } = road(toolsOf(made));
    const files = [
      { path: 'a.txt', content: 'x' },
      { path: 'b.bin', content: '/w==', encoding: 'base64' },
    ];
    expect(await data('execute_python', { code: 'print(1)', timeout_seconds: 2, files })).toEqual({
      stdout: 'out',
      stderr: '',
      result: { a: [1] },
      exit_code: 0,
      files_written: [{ path: 'b', size: 2 }],
      limits_hit: [],
      level: 'native',
      duration_ms: 1,
    });
    expect(made.requests).toMatchObject([
      {
        program: { kind: 'code', language: 'python', code: 'print(1)' },
        owner: ALICE.id,
        timeoutMs: 2000,
        files: [
          { path: 'a.txt', bytes: Buffer.from('x') },
          { path: 'b.bin', bytes: Buffer.from([255]) },
        ],
      },
    ]);
  });

  it('S1.f: no call gets more time than the operator allows', async () => {
    const made = scriptedSandbox();
    await road(toolsOf(made)).data('execute_python', { code: 'x', timeout_seconds: 600 });
    expect(made.requests[0]?.timeoutMs).toBe(30_000);
  });

  it('S1.i: sends output as progress while it comes, and no more than a message takes', async () => {
    const made = scriptedSandbox({ answer: () => ({ ...OUTCOME, stdout: 'y'.repeat(10_000) }) });
    const { data, parts } = road(toolsOf(made));
    await data('execute_python', { code: 'x' });
    expect(parts).toEqual([{ type: 'progress', progress: 10_000, total: undefined, message: 'y'.repeat(2000) }]);
  });

  it('S1.h: records which limits were hit, and says it to the model', async () => {
    const made = scriptedSandbox({ answer: () => ({ ...OUTCOME, exitCode: null, limitsHit: ['memory', 'time'], stderr: 'e' }) });
    const { run } = road(toolsOf(made));
    const { content, structuredContent } = await run('execute_python', { code: 'x' });
    expect(made.violations).toEqual(['execute_python memory+time native']);
    expect(structuredContent?.['data']).toMatchObject({ exit_code: null, limits_hit: ['memory', 'time'] });
    expect(content).toEqual([{ type: 'text', text: 'out\n[stderr]\ne\n[ended by or met these limits: memory, time]\n[exit code none: it was ended]' }]);
  });

  it.each([
    ['no base64', [{ path: 'a', content: '!', encoding: 'base64' }], /^ENCODING_INVALID/],
    ['a member that is not known', [{ path: 'a', content: '', mode: 0o777 }], /^INPUT_INVALID/],
  ])('refuses a file with %s', async (_what, files, message) => {
    expect(await road(toolsOf(scriptedSandbox())).failure('tool', 'execute_python', { code: 'x', files })).toMatch(message);
  });

  it('gives back as text what the code wrote for a result and is no JSON', async () => {
    const made = scriptedSandbox({ answer: () => ({ ...OUTCOME, result: '{broken' }) });
    expect(await road(toolsOf(made)).data('execute_python', { code: 'x' })).toMatchObject({ result: '{broken' });
  });
});

it('L1.h: tells budgets the most that a run may take before it, and what it took after it', async () => {
  const made = scriptedSandbox({ answer: () => ({ ...OUTCOME, durationMs: 1500 }) });
  const { catalog, call } = road(toolsOf(made));
  for (const [name, input] of Object.entries({ execute_python: { code: 'x' }, execute_code: { language: 'bash', code: 'x' }, run_command: { argv: ['x'] } })) {
    expect(catalog.resolve('tool', name)?.estimate?.({ ...input, timeout_seconds: 7 })).toMatchObject({ sandboxSeconds: 7, costMicroUsd: 0 });
    expect(catalog.resolve('tool', name)?.estimate?.(input)).toMatchObject({ sandboxSeconds: 30 });
  }
  await call('tool', 'execute_python', { code: 'x' });
  expect(made.requests).toHaveLength(1);
});

describe('the policy on code', () => {
  const policyOf = (roles: readonly string[], permissions: Parameters<typeof compilePolicy>[0]['roles'][string]['permissions']): Policy =>
    compilePolicy({ roles: { ...DEFAULT_POLICY.roles, [roles[0] ?? '']: { scopes: ['*'], permissions } }, rules: [] });
  const ask = async (permissions: Parameters<typeof policyOf>[1], tool: string, input: unknown): Promise<string> => {
    const policy = policyOf(ALICE.roles, permissions);
    return await road(toolsOf(scriptedSandbox({ commands: [['**']] })), { policy: () => policy }).failure('tool', tool, input);
  };

  it('T8.b: asks for CODE_EXECUTION of the language, with the time and size of the call', async () => {
    expect(await ask([], 'execute_python', { code: 'x' })).toMatch(/^PERMISSION_DENIED/);
    const python = [{ permission: 'CODE_EXECUTION', resources: ['python'], limits: { timeout: 5, maxSize: 10 } }] as const;
    expect(await ask(python, 'execute_python', { code: 'x', timeout_seconds: 5 })).toMatch(/^no failure/);
    expect(await ask(python, 'execute_code', { language: 'python', code: 'x', timeout_seconds: 5 })).toMatch(/^no failure/);
    expect(await ask(python, 'execute_code', { language: 'bash', code: 'x', timeout_seconds: 5 })).toMatch(/^PERMISSION_DENIED/);
    expect(await ask(python, 'execute_python', { code: 'x', timeout_seconds: 6 })).toMatch(/^PERMISSION_DENIED/);
    expect(await ask(python, 'execute_python', { code: 'x' })).toMatch(/^PERMISSION_DENIED/);
    expect(await ask(python, 'execute_python', { code: 'x'.repeat(11), timeout_seconds: 5 })).toMatch(/^PERMISSION_DENIED/);
  });

  it('T9.d: asks for SYSTEM_COMMAND of the program, with the whole command line', async () => {
    const logs = [{ permission: 'SYSTEM_COMMAND', resources: ['git'], limits: { commands: ['git log*'] } }] as const;
    expect(await ask(logs, 'run_command', { argv: ['git', 'log', '-1'] })).not.toMatch(/^PERMISSION_DENIED/);
    expect(await ask(logs, 'run_command', { argv: ['git', 'push'] })).toMatch(/^PERMISSION_DENIED/);
    expect(await ask(logs, 'run_command', { argv: ['git log', 'x'] })).toMatch(/^PERMISSION_DENIED/);
  });
});

describe('run_command', () => {
  it('T9.c: hands the arguments over as they are when the allow-list has them, and runs nothing else', async () => {
    const made = scriptedSandbox({ commands: [['ls', '-*', '/work/*'], ['git', 'log', '**'], ['true']] });
    const { data, failure } = road(toolsOf(made));
    await data('run_command', { argv: ['git', 'log', '; rm -rf /', '$(id)'] });
    expect(made.requests[0]?.program).toEqual({ kind: 'command', argv: ['git', 'log', '; rm -rf /', '$(id)'] });
    for (const argv of [['git'], ['git', 'push'], ['/usr/bin/git', 'log'], ['ls', '/work/a'], ['true', 'x'], ['sh', '-c', 'true'], ['']]) {
      expect(await failure('tool', 'run_command', { argv })).toMatch(/^(COMMAND_NOT_ALLOWED|INPUT_INVALID)/);
    }
    expect(made.requests).toHaveLength(1);
  });

  test('nothing is on the list unless somebody puts it there', () => {
    expect(isAllowed(['true'], [])).toBe(false);
    expect(isAllowed(['true'], [['**']])).toBe(false);
  });

  test('two different lists of arguments are never the same command line', () => {
    const lines = [['a', 'b c'], ['a', 'b', 'c'], ['a', '"b c"'], ['a', ''], ['a'], ['a', ' ']].map(commandLine);
    expect(new Set(lines).size).toBe(lines.length);
  });
});

describe('execute_code', () => {
  it('T9.a: runs python, node and bash, and knows no other language', async () => {
    const made = scriptedSandbox();
    const { data, failure } = road(toolsOf(made));
    for (const language of ['python', 'node', 'bash']) await data('execute_code', { language, code: 'x' });
    expect(made.requests.map(({ program }) => (program.kind === 'code' ? program.language : ''))).toEqual(['python', 'node', 'bash']);
    expect(await failure('tool', 'execute_code', { language: 'perl', code: 'x' })).toMatch(/^INPUT_INVALID/);
  });
});
