/**
 * A program that takes the options of the Gemini CLI and refuses all others, as it does; what it would ask
 * the model, it asks a vendor in this process.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MODEL, SECRET, type ProviderFixture } from '../../compliance/model-provider-fixture.ts';
import { startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.ts';

/** Statistics as the program prints them. */
export const statsOf = (models: Readonly<Record<string, object>>): object => ({
  models: Object.fromEntries(Object.entries(models).map(([name, tokens]) => [name, { api: { totalRequests: 1 }, tokens }])),
  tools: { totalCalls: 0 },
});
const TOKENS = { input: 4, prompt: 7, candidates: 9, total: 18, cached: 3, thoughts: 2, tool: 0 };
const OUTPUT = JSON.stringify({ session_id: 's', response: 'Hellö', stats: statsOf({ 'gemini-x': TOKENS }) }, null, 2);
const ANSWER =
  '{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hellö"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":9,"thoughtsTokenCount":2,"cachedContentTokenCount":3,"totalTokenCount":18},"modelVersion":"gemini-x"}';

/** Its source. An answer of the vendor is printed; another status than 200 is a fatal error with the exit code of a header. */
const sourceOf = (vendorUrl: string): string => `#!${process.execPath}
const { parseArgs } = require('node:util');
const fs = require('node:fs');
const fail = (code, text) => { process.stderr.write(text + '\\n'); process.exit(code); };
let options;
try {
  const text = { type: 'string' };
  ({ values: options } = parseArgs({ strict: true, options: { model: text, 'output-format': text, 'admin-policy': text, extensions: text, 'allowed-mcp-server-names': text, version: { type: 'boolean' } } }));
} catch (error) { fail(1, 'Unknown argument: ' + error.message); }
const ask = (path, init) => fetch(${JSON.stringify(vendorUrl)} + path, { ...init, headers: { 'x-environment': Object.keys(process.env).sort().join(' '), 'x-folder': process.cwd() } });
(async () => {
  if (options.version) { await ask('/version', {}); console.log('0.56.0'); return; }
  if (options['output-format'] !== 'json' || options.extensions !== 'none' || options['allowed-mcp-server-names'] !== 'none') fail(42, 'not headless');
  if (!/toolName = "\\*"\\ndecision = "deny"/.test(fs.readFileSync(options['admin-policy'], 'utf8'))) fail(52, 'tools are allowed');
  if (process.env.GEMINI_CLI_TRUST_WORKSPACE !== 'true') fail(55, 'not trusted');
  if (process.env.GEMINI_API_KEY !== ${JSON.stringify(SECRET)}) fail(41, '[ERROR] {\\n  "error": {\\n    "type": "FatalAuthenticationError",\\n    "message": "no key",\\n    "code": 41\\n  }\\n}');
  const answer = await ask('/generate?model=' + encodeURIComponent(options.model), { method: 'POST', body: fs.readFileSync(0) });
  const body = await answer.text();
  if (answer.status !== 200) fail(Number(answer.headers.get('x-exit-code') ?? 1), body);
  process.stdout.write(body);
})().catch((error) => fail(1, String(error)));
`;

/** The program with the vendor behind it. */
export interface FakeGemini extends Vendor {
  readonly command: string;
}

/** Writes the program into a folder of its own, under the name that is looked for. */
export async function startGeminiCli(serve: (request: VendorRequest) => VendorAnswer = serveOutput): Promise<FakeGemini> {
  const folder = mkdtempSync(join(tmpdir(), 'sy-fake-gemini-'));
  const vendor = await startVendor(serve);
  const command = join(folder, 'gemini');
  writeFileSync(command, sourceOf(vendor.url));
  chmodSync(command, 0o755);
  return {
    ...vendor,
    command,
    async stop() {
      await vendor.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serveOutput(): VendorAnswer {
  return { body: OUTPUT };
}

/** The place of the program while it is there. */
let command: string | null = null;

const generate = {
  operation: 'generate',
  dialect: 'gemini',
  path: `/generate?model=${encodeURIComponent(MODEL)}`,
  usage: { inputTokens: 7, outputTokens: 11, cacheReadTokens: 3 },
} as const;

export const geminiCliFixtures: readonly ProviderFixture[] = [
  {
    title: 'gemini-cli',
    kind: 'gemini-cli',
    isHttp: false,
    config: () => ({ command, apiKey: SECRET, models: ['gemini-listed'] }),
    credential: null,
    required: {},
    models: ['gemini-listed'],
    serve: serveOutput,
    async start() {
      const fake = await startGeminiCli();
      ({ command } = fake);
      return fake;
    },
    cases: [
      { ...generate, isStream: false, body: '{"contents": [{"role":"user","parts":[{"text":"Hi \\u00e4"}]}]}', sent: 'Hi ä', answer: ANSWER },
      {
        ...generate,
        isStream: true,
        title: 'a conversation',
        body: '{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"/quit"},{"text":"now"}]},{"role":"model","parts":[{"text":"hm","thought":true},{"text":"No."}]},{"parts":[{"text":"Why?"}]}],"generationConfig":{"maxOutputTokens":5,"temperature":1}}',
        sent: 'Instructions:\nBe brief.\n\nUser:\n/quit\nnow\n\nModel:\nNo.\n\nUser:\nWhy?',
        answer: `data: ${ANSWER}\n\n`,
      },
    ],
    failure: () => '',
  },
];
