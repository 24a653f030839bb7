/**
 * The README as a newcomer follows it: every block ```sh test is run, in order, in one home beside a
 * running gateway, and must print the block ```text output that follows it (… stands for anything).
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bin, cleanEnv, type Gateway, projectOf, startGateway } from '../../helpers/gateway.ts';
import { root } from '../../../tools/paths.ts';
import { runToEnd } from '../../helpers/run-to-end.ts';

interface Example {
  readonly line: number;
  readonly script: string;
  readonly output: string | undefined;
}

/** Fenced blocks by their info string; an output belongs to the example right before it. */
function readExamples(text: string): readonly Example[] {
  const blocks = [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, info = '', body = ''], index, all) => ({
    info,
    body,
    at: all[index]?.index ?? 0,
  }));
  return blocks.flatMap(({ info, body, at }, index) => {
    if (info !== 'sh test') return [];
    const next = blocks[index + 1];
    return [{ line: text.slice(0, at).split('\n').length, script: body, output: next?.info === 'text output' ? next.body : undefined }];
  });
}

/** `…` within a line is any text of that line, on a line of its own any lines. */
function toPattern(output: string): RegExp {
  const escaped = output.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/^…\n/gm, '(?:.*\\n)*').replaceAll('…', '.*')}$`);
}

const examples = readExamples(readFileSync(join(root, 'README.md'), 'utf8'));
let gateway: Gateway;
let tools = '';
beforeAll(async () => {
  gateway = await startGateway();
  tools = join(gateway.home, '../bin');
  mkdirSync(tools);
  writeFileSync(join(tools, 'switchyard'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`);
  chmodSync(join(tools, 'switchyard'), 0o755);
});
afterAll(async () => {
  await gateway.stop();
});

/** Both streams in the order of writing. The port of the text is that of the gateway here. */
async function run(script: string): Promise<{ readonly code: number; readonly output: string }> {
  const { port } = new URL(gateway.url);
  const env = cleanEnv({ SWITCHYARD_HOME: gateway.home, HOME: dirname(gateway.home), PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}` });
  const options = { program: '/bin/sh', cwd: projectOf(gateway.home), env };
  const { code, stdout } = await runToEnd(['-euc', `exec 2>&1\n${script.replaceAll(':8000', `:${port}`)}`], options);
  const text = stdout.replaceAll(`:${port}`, ':8000');
  return { code, output: text.endsWith('\n') ? text : `${text}\n` };
}

describe('the README', () => {
  it('has examples that are tried', () => {
    expect(examples.length).toBeGreaterThan(8);
  });

  it.for(examples)('line $line works and prints what it says', async ({ script, output }, { skip }) => {
    if (/^curl /m.test(script) && !existsSync('/usr/bin/curl')) skip('curl is not installed');
    const ended = await run(script);
    expect(ended.code, ended.output).toBe(0);
    if (output !== undefined) expect(ended.output).toMatch(toPattern(output));
  });

  it('links only to what is there', () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8');
    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => target).filter((target) => !target.startsWith('http'));
    expect(links.filter((target) => !existsSync(join(root, target)))).toEqual([]);
  });
});

describe('the check of the README', () => {
  it('finds an example that prints something else', () => {
    const [example] = readExamples('a\n```sh test\necho b\n```\n\n```text output\n…\nc…\n```\n');
    expect(example).toEqual({ line: 2, script: 'echo b\n', output: '…\nc…\n' });
    expect('x\ny\ncat\n').toMatch(toPattern('…\nc…\n'));
    expect('x\nb\n').not.toMatch(toPattern('…\nc…\n'));
  });
});
