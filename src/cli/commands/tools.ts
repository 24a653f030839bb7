/** @module cli/commands/tools: `switchyard tools ls|call|why`. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { StreamPart } from '../../contracts/call.ts';
import type { ToolAnswer } from '../../app/tasks/calls.ts';
import type { ToolList, WhyAnswer } from '../../app/tasks/tools.ts';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { action, placeOf, type GlobalOptions } from '../command.ts';
import { printable, type Output } from '../output.ts';

interface CallOptions {
  readonly url?: string;
  readonly key?: string;
  readonly workspace?: string;
  readonly profile?: string;
}

const PROFILE = ['--profile <name>', 'as a profile of the configuration shows them, or one upstream by its name'] as const;
const AS = ['--as <principal>', 'local, a role, or the id of a key', 'local'] as const;

/** Registers the commands. */
export function registerTools(program: Command): void {
  const tools = program.command('tools').description('The tools: list, call, explain');
  tools
    .command('ls')
    .description('List the tools that somebody may call')
    .option(...AS)
    .option(...PROFILE)
    .option('--in-process', "only those that work in the gateway's own process, each with the reason")
    .action(
      action(async (output, options, { as, profile, inProcess }: { readonly as: string; readonly profile?: string; readonly inProcess?: boolean }) => {
        const { listTools } = await import('../../app/tasks/tools.ts');
        const list = await listTools(placeOf(options), as, profile);
        if (inProcess !== true) return output.result(list, () => describeList(list, output));
        const tools = list.tools.filter(({ runsIn }) => runsIn === 'gateway');
        return output.result({ ...list, tools }, () =>
          output.table([['TOOL', 'WHY IN THE PROCESS OF THE GATEWAY'], ...tools.map(({ name, inProcess: why }) => [name, why ?? 'its author gave no reason'])]),
        );
      }),
    );
  tools
    .command('call <tool> [json]')
    .description('Call a tool as the local user; `-` reads the arguments from stdin')
    .option('--workspace <folder>', 'folder whose files the tools may touch (default: the current one)')
    .option(...PROFILE)
    .option('--url <url>', 'call a running gateway instead')
    .option('--key <key>', 'key for --url (default: the variable SWITCHYARD_KEY)')
    .addHelpText('after', '\nThe exit code is that of the error (docs/errors.md).\nswitchyard tools call echo \'{"message": "hello"}\'')
    .action(
      action(async (output, options, tool: string, json: string | undefined, given: CallOptions) => {
        const answer = await call(options, tool, await readArguments(json), given);
        output.result(answer.value, printable(answer.text));
        return answer.isError ? new AppError('TOOL_FAILED').facts.exitCode : 0;
      }),
    );
  tools
    .command('why <tool>')
    .description('Explain why somebody may or may not call a tool or a model')
    .option(...AS)
    .option(...PROFILE)
    .option('--input <json>', 'arguments, to have their effects judged too')
    .action(
      action(async (output, options, tool: string, given: { readonly as: string; readonly input?: string; readonly profile?: string }) => {
        const { explainTool } = await import('../../app/tasks/tools.ts');
        const answer = await explainTool(placeOf(options), {
          tool,
          as: given.as,
          profile: given.profile,
          ...(given.input === undefined ? {} : { input: parseArguments(given.input) }),
        });
        output.result(answer, () => describeWhy(answer, output));
      }),
    );
}

async function call(options: GlobalOptions, tool: string, input: unknown, { url, key, workspace, profile }: CallOptions): Promise<ToolAnswer> {
  const leaving = new AbortController();
  process.once('SIGINT', () => leaving.abort());
  const { callHere, callThere } = await import('../../app/tasks/calls.ts');
  if (url === undefined) {
    if (key !== undefined) throw new AppError('USAGE', { message: "--key needs --url: without it the call is the local user's." });
    return await callHere(placeOf(options), { tool, input, profile, workspace: resolve(workspace ?? '.'), signal: leaving.signal, emit: showProgress });
  }
  if (profile !== undefined)
    throw new AppError('USAGE', { message: '--profile is for calls in this process.', fix: 'Leave out --url, or call /mcp/<profile> from an MCP client.' });
  const { parseGatewayUrl } = await import('../../app/tasks/gateway.ts');
  const credential = key ?? process.env['SWITCHYARD_KEY'];
  if (credential === undefined || credential === '')
    throw new AppError('AUTHENTICATION_REQUIRED', { fix: 'Set SWITCHYARD_KEY, or pass --key; `switchyard keys create` makes one.' });
  return await callThere({ url: parseGatewayUrl(url), key: credential }, { tool, input, signal: leaving.signal });
}

/** For people who wait; programs get the result alone. */
function showProgress(part: StreamPart): void {
  if (process.stderr.isTTY !== true) return;
  if (part.type === 'progress') {
    const share = part.total === undefined ? String(part.progress) : `${part.progress}/${part.total}`;
    process.stderr.write(`\r\u001b[K${share} ${(part.message ?? '').replace(/\p{Cc}/gu, ' ')}${part.progress === part.total ? '\n' : ''}`);
  } else if (part.type === 'log') {
    process.stderr.write(`${part.level}: ${JSON.stringify(part.data)}\n`);
  }
}

async function readArguments(json: string | undefined): Promise<unknown> {
  if (json !== '-') return parseArguments(json ?? '{}');
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  return parseArguments(text.trim() === '' ? '{}' : text);
}

function parseArguments(json: string): unknown {
  const fail = (cause?: unknown): AppError =>
    new AppError('USAGE', { message: 'The arguments are not a JSON object.', fix: 'Quote them for the shell: \'{"message": "hello"}\'', cause });
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw fail(cause);
  }
  if (!isObject(value) || Array.isArray(value)) throw fail();
  return value;
}

function describeList({ principal, tools, hidden, unlisted, estimatedTokens, byUpstream, search }: ToolList, output: Output): string {
  const rows = tools.map(({ name, upstream, scopes, isReadOnly, metadata, estimatedTokens: tokens }) => {
    // Only the gateway's own tools have metadata; the others are found under their server.
    const own = isObject(metadata)
      ? [String(metadata['runtime']), `${String(metadata['timeoutSeconds'])} s`, String(metadata['category'])]
      : ['-', '-', upstream ?? '-'];
    return [name, isReadOnly ? 'read' : 'effects', scopes.join(' ') || '-', ...own, `~${tokens}`];
  });
  return [
    output.table([['TOOL', 'KIND', 'SCOPES', 'RUNTIME', 'TIMEOUT', 'CATEGORY', 'TOKENS'], ...rows]),
    '',
    `${tools.length} tools for ${principal.id} (${principal.roles.join(', ')})${hidden > 0 ? `; ${hidden} more are not shown to it` : ''}.`,
    ...(byUpstream.length > 1
      ? [
          '',
          output.table([
            ['FROM', 'TOOLS', 'TOKENS'],
            ...byUpstream.map(({ upstream, tools: count, estimatedTokens: tokens }) => [upstream ?? '(the gateway)', String(count), `~${tokens}`]),
          ]),
          '',
        ]
      : []),
    `Their definitions cost a model about ${estimatedTokens} tokens (estimate: characters / 4).`,
    ...(search.isSwitched
      ? [
          search.mode === 'always'
            ? 'Clients are shown five search tools instead (toolSearch.mode: always).'
            : `Clients are shown five search tools instead (toolSearch: ${search.mode}, from ${search.thresholdTokens} tokens on).`,
        ]
      : search.mode === 'auto'
        ? [`Above ${search.thresholdTokens} tokens clients would be shown five search tools instead (toolSearch.thresholdTokens).`]
        : []),
    ...(unlisted.length > 0
      ? [
          `Nothing is listed here of ${unlisted.join(', ')}: a running gateway connects to them, \`switchyard doctor\` says whether they answer, \`switchyard approvals ls\` what waits for approval.`,
        ]
      : []),
  ].join('\n');
}

function describeWhy({ tool, principal, isAllowed, rule, steps }: WhyAnswer, output: Output): string {
  return [
    `${principal.id} ${isAllowed ? output.style('green', 'may call') : output.style('red', 'may not call')} ${tool}  (${rule})`,
    ...steps.map(
      ({ step, isPassed, detail }) => `  ${isPassed ? output.style('green', 'ok') : output.style('red', 'no')}  ${step}: ${detail.replace(/\p{Cc}/gu, ' ')}`,
    ),
  ].join('\n');
}
