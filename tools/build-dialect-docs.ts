/**
 * `npm run docs:dialects`: writes docs/dialects.md. Its tables are what the conversion does: each cell is
 * a request that was converted. With `--check` it writes nothing and fails when the file differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelDialect } from '../src/contracts/model.ts';
import { AppError } from '../src/core/errors.ts';
import { createConversion, type Conversion } from '../src/models/dialects/convert.ts';
import { PROBED_DOORS, type Probe, type ProbedDoor } from './dialect-probes.ts';
import { root } from './paths.ts';

const PROVIDERS: readonly { readonly dialect: ModelDialect; readonly name: string; readonly model: string }[] = [
  { dialect: 'openai-chat', name: 'OpenAI chat', model: 'gpt-6-sol' },
  { dialect: 'openai-responses', name: 'OpenAI responses', model: 'gpt-6-sol' },
  { dialect: 'anthropic-messages', name: 'Anthropic', model: 'claude-opus-5-5' },
  { dialect: 'gemini', name: 'Gemini', model: 'gemini-4-argon' },
  { dialect: 'bedrock-converse', name: 'Converse', model: 'anthropic.claude-opus-5-5' },
];

const HEADER = `# Dialects

A client speaks one dialect, a provider another: then the call is converted. Where both speak the same, nothing is:
every byte but the name of the model arrives as sent ([models.md](models.md)).

Nothing vanishes in silence. Each member of a request is

- **carried**: the provider is asked for the same thing in its own words;
- **reported**: it tunes or labels and has no counterpart; the call goes on, and the header
  \`X-Switchyard-Not-Carried\` names it (without indices: \`messages.content.cache_control\`). *Carried, reported* is
  carried as nearly as the dialect can say it;
- **refused**: it changes what is answered and has no counterpart. The call fails with \`CONVERSION_REFUSED\`, a JSON
  pointer to the member and both dialects. A chain goes on to its next target, which may be able to.

Members that nobody knows are reported; parts and blocks of a message that nobody knows are refused. \`null\` says nothing.

## Things worth knowing

- **Numbers keep their digits.** \`12345678901234567890\` in the input of a tool or in a schema arrives as it was sent.
- **Signatures are never made up.** What a vendor signed (thoughts, calls) goes back to that vendor alone; the client
  holds it sealed with the vendor's dialect. Thoughts that are not the vendor's own stay behind and are reported.
- **Thoughts in answers** reach OpenAI's chat clients as \`reasoning_content\`, as compatible servers do it.
- **Limits.** Anthropic wants \`max_tokens\`: 4096 where the client says none, or the budget of thinking and 4096.
- **Sampling.** Anthropic's scale ends at 1: a higher temperature becomes 1 and is reported. Claude models from 4.7 on
  take no sampling at all: \`temperature\`, \`top_p\` and \`top_k\` are reported. The tables show such a model.
- **Thinking.** Efforts and budgets are exchanged by one table: low 2048, medium 8192, high 16384, xhigh 24576, max 32768
  tokens. Claude models before 4.6 take a budget, later ones an effort. OpenAI's models that do not think, and other
  vendors' behind its dialect, are not asked to; that is reported.
- **Instructions in the middle** of a conversation are taken by OpenAI's dialects and by Claude from 4.8 on, behind a
  message of the user. Gemini and Converse get them as words of the user, marked \`<system>\`, which is reported; Claude
  before 4.8 refuses them: moving them would change what they say.
- **A conversation that ends with the assistant** is continued by Anthropic's models and past for OpenAI's: between dialects
  that differ in this it is refused.
- **Usage** counts the cache within the input at OpenAI and beside it at Anthropic; each client gets its own way of
  counting. What a provider does not tell stays out, or null: a 0 would be a claim.
- **The end of an answer**: \`stop\`, \`length\`, \`tool_calls\`, \`content_filter\` and \`end_turn\`, \`max_tokens\`, \`tool_use\`,
  \`refusal\` stand for each other. A reason that nobody knows is a failure: it may be no end at all.
- **Tools in groups** (\`namespace\`, as Codex sends those of MCP servers) are known to OpenAI's responses alone. Elsewhere each has one
  name, \`<group>__<tool>\`, within 64 characters; the client reads both names in the call. A description of a group is reported.
- **Streams.** Calls that interleave at the provider reach Anthropic's clients block after block.
- **Headers** of a dialect (\`anthropic-beta\`) are not carried, and reported.

The tables below are generated from the code (\`npm run docs:dialects\`) with the models ${PROVIDERS.map(({ model }) => `\`${model}\``)
  .filter((model, index, all) => all.indexOf(model) === index)
  .join(', ')}.
`;

/** Text of docs/dialects.md. */
export async function renderDialectDocs(): Promise<string> {
  const tables = await Promise.all(PROBED_DOORS.map(renderTable));
  return [HEADER, ...tables].join('\n');
}

async function renderTable(door: ProbedDoor): Promise<string> {
  const providers = PROVIDERS.filter(({ dialect }) => dialect !== door.dialect);
  const rows = await Promise.all(
    door.probes.map(async (probe) => [probe.label, ...(await Promise.all(providers.map((provider) => outcomeOf(door, probe, provider))))]),
  );
  const lines = [['', ...providers.map(({ name }) => name)], Array.from({ length: providers.length + 1 }, () => '---'), ...rows];
  return `## From ${door.name}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')}`;
}

/** What becomes of that which the probe adds. */
async function outcomeOf(door: ProbedDoor, { adds, beside = {} }: Probe, to: (typeof PROVIDERS)[number]): Promise<string> {
  const without = await convert(door, { ...door.base, ...beside }, to);
  try {
    const { body, notCarried } = await convert(door, { ...door.base, ...beside, ...adds }, to);
    const isReported = notCarried.some((name) => !without.notCarried.includes(name));
    const isCarried = !Buffer.from(body).equals(Buffer.from(without.body));
    if (!isCarried && !isReported) return 'said by saying nothing';
    return [...(isCarried ? ['carried'] : []), ...(isReported ? ['reported'] : [])].join(', ');
  } catch (thrown) {
    if (AppError.is(thrown) && thrown.code === 'CONVERSION_REFUSED') return 'refused';
    throw thrown;
  }
}

async function convert({ dialect: from }: ProbedDoor, body: object, { dialect: to, model }: (typeof PROVIDERS)[number]): Promise<Conversion> {
  return await createConversion({ operation: 'generate', from, to, model, isStream: false, body: Buffer.from(JSON.stringify(body)) });
}

/** Where the file lies. */
export const dialectDocsFile: string = join(root, 'docs/dialects.md');

async function main(): Promise<number> {
  const text = await renderDialectDocs();
  if (!process.argv.includes('--check')) writeFileSync(dialectDocsFile, text);
  const isCurrent = readFileSync(dialectDocsFile, 'utf8') === text;
  if (!isCurrent) process.stderr.write('docs/dialects.md is out of date; run: npm run docs:dialects\n');
  return isCurrent ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
