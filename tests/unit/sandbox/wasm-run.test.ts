/** What a child of the level wasm says, where the child says too much: files and deletions are bounded by number too. */
import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import type { SandboxJob } from '../../../src/contracts/sandbox.ts';
import { MAX_FILES, WasmChild } from '../../../src/sandbox/wasm/wasm-run.ts';

/** Says that it is ready, and at its job so many files and deletions. */
const childSaying = (files: number, gone: number): WasmChild => {
  const script = `
    const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
    say({ ready: true });
    process.stdin.once('data', () => {
      for (let index = 0; index < ${files}; index += 1) say({ file: 'f' + index, base64: 'QQ==' });
      for (let index = 0; index < ${gone}; index += 1) say({ gone: 'g' + index });
      say({ exit: 0, result: null });
    });`;
  return new WasmChild(spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'pipe'] }));
};
const limits = { timeoutMs: 20_000, memoryBytes: 1e9, processes: 1, diskBytes: 1e9, cpuShare: 1, maxOutputBytes: 1000 };
const job = {
  program: { kind: 'code', language: 'python', code: '' },
  folder: '/',
  owner: 'o',
  limits,
  readable: [],
  signal: new AbortController().signal,
} as SandboxJob;

// @requirement S1.d
it.each([
  ['as many as are taken (control)', MAX_FILES, 1, { written: MAX_FILES, gone: 1, limitsHit: [] }],
  ['one more', MAX_FILES + 1, 1, { written: 0, gone: 0, limitsHit: ['disk'] }],
  ['deletions of more than there were', 1, 5000, { written: 1, gone: 1, limitsHit: [] }],
])('%s', async (_name, files, gone, expected) => {
  const child = childSaying(files, gone);
  await child.ready;
  const result = await child.run(job, '', { files: [{ path: 'a', base64: '' }] });
  expect({ written: result.written.size, gone: result.gone.length, limitsHit: result.outcome.limitsHit }).toEqual(expected);
  child.kill();
  await child.ended;
});
