/** The section "Clients" of docs/models.md as a user follows it: official clients in processes of their own, told by variables alone. */
// @requirement D3.c
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientGateway, type ClientGateway } from '../../helpers/client-gateway.ts';
import { cleanEnv } from '../../helpers/gateway.ts';
import { root } from '../../../tools/paths.ts';
import { runToEnd } from '../../helpers/run-to-end.ts';

const text = readFileSync(join(root, 'docs/models.md'), 'utf8');
const scripts = [...text.matchAll(/^```sh test\n([\s\S]*?)^```$/gm)].map(([, script = '']) => script);
let gateway: ClientGateway;
beforeAll(async () => {
  gateway = await startClientGateway();
});
afterAll(async () => await gateway.stop());

/** With the clients of this checkout and its Node; the port of the text is that of the gateway here. */
async function run(script: string, own: Readonly<Record<string, string>> = {}): Promise<string> {
  const env = cleanEnv({ KEY: gateway.key, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`, ...own });
  const text = script.replaceAll(':8000', `:${new URL(gateway.url).port}`);
  const { code, stdout, stderr } = await runToEnd(['-euc', text], { program: '/bin/sh', cwd: root, env, timeoutMs: 30_000 });
  return code === 0 ? stdout : `ended with ${code}:\n${stdout}${stderr}`;
}

describe('docs/models.md', () => {
  it('has an example for each client', () => {
    expect(
      scripts.map((script) =>
        /from "([^"]+)"|(curl)/
          .exec(script)
          ?.slice(1)
          .find((name) => name !== undefined),
      ),
    ).toEqual(['curl', 'openai', '@anthropic-ai/sdk', '@google/genai', '@ai-sdk/openai']);
  });

  it.each(scripts.map((script, index) => [index + 1, script] as const))('example %i gets an answer', async (_number, script) => {
    expect(await run(script)).toContain('You said: Hello ä€😀');
  });

  it('an example with a wrong key gets none', async () => {
    expect(await run(scripts[1] ?? '', { KEY: 'sk-sy-000000000000-000000000000000000000000000000000000000000000000' })).toMatch(/AuthenticationError.*401/s);
  });

  it('the AI SDK finds Anthropic by its variables', async () => {
    const script = `
      export ANTHROPIC_BASE_URL=http://127.0.0.1:8000/v1 ANTHROPIC_API_KEY=$KEY
      node --input-type=module -e 'import { anthropic } from "@ai-sdk/anthropic"; import { generateText } from "ai";
        console.log((await generateText({ model: anthropic("claude-sonnet-5-5"), prompt: "Hello" })).text);'`;
    expect(await run(script)).toContain('You said: Hello');
  });

  it('the Anthropic SDK takes a token as well', async () => {
    const script = `
      export ANTHROPIC_BASE_URL=http://127.0.0.1:8000 ANTHROPIC_AUTH_TOKEN=$KEY
      node --input-type=module -e 'import Anthropic from "@anthropic-ai/sdk";
        console.log(JSON.stringify((await new Anthropic().messages.create({ model: "claude-sonnet-5-5", max_tokens: 50, messages: [{ role: "user", content: "Hello" }] })).content));'`;
    expect(await run(script)).toContain('You said: Hello');
  });
});
