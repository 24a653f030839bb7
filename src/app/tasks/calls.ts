/** @module app/tasks/calls: one call of a tool: on a road of this process, or at a running gateway. */
import { suggest } from '../../config/suggest.ts';
import type { Answer, StreamPart } from '../../contracts/call.ts';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { randomHex } from '../../core/ids.ts';
import { isObject, type MaybePromise } from '../../core/json.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createApp, type App } from '../app.ts';
import { askGateway, type GatewayAddress } from './gateway.ts';
import type { TaskPlace } from './task.ts';

/** What to call. */
export interface ToolCall {
  readonly tool: string;
  readonly input: unknown;
  /** Virtual server that it is called through. */
  readonly profile?: string | undefined;
  /** Absolute folder that file tools work in; only for calls in this process. */
  readonly workspace?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly emit?: ((part: StreamPart) => MaybePromise<void>) | undefined;
}

/** What a tool answered. */
export interface ToolAnswer {
  /** The structured content, else the whole result. */
  readonly value: unknown;
  /** What a model would read. */
  readonly text: string;
  /** The tool itself says that it failed. */
  readonly isError: boolean;
}

/**
 * Calls as the local user: identified, authorized, limited and recorded as over stdio, in a gateway
 * that opens no door and ends with the call.
 *
 * @throws AppError as the call ended
 */
export async function callHere(place: TaskPlace, call: ToolCall): Promise<ToolAnswer> {
  const logger = createLogger({ level: 'error', isPretty: process.stderr.isTTY === true, clock: systemClock });
  const app = createApp({ ...place, logger, workspace: call.workspace, doors: [] });
  await app.start();
  try {
    return toToolAnswer(app, call, await travel(app, call));
  } finally {
    await app.stop();
  }
}

/** One call down the road of a running app, as the local user. @throws AppError RATE_LIMITED; of a profile PROFILE_UNKNOWN, SCOPE_MISSING, PERMISSION_DENIED */
export async function travel({ runner }: Pick<App, 'runner'>, { tool, input, profile, workspace, signal, emit }: ToolCall): Promise<Answer> {
  const admission = await runner.admit({ door: 'cli', source: 'stdio', credential: { kind: 'local' }, workspaceRoot: workspace, profile });
  return await runner.run({ admission, target: { kind: 'tool', name: tool }, input, profile, trace: { correlationId: randomHex(16) }, signal, emit });
}

/** Calls at a running gateway. @throws AppError as the gateway answers, SERVER_UNREACHABLE, CANCELLED */
export async function callThere(gateway: GatewayAddress, { tool, input, signal }: ToolCall): Promise<ToolAnswer> {
  // Always wrapped, so that arguments with the one member `arguments` arrive as they are.
  const value = await askGateway(gateway, { path: `/mcp/v1/tools/${encodeURIComponent(tool)}`, body: { arguments: input }, signal });
  return { value, text: JSON.stringify(value, null, 2), isError: false };
}

function toToolAnswer({ targets }: App, { tool, profile }: ToolCall, { terminal }: Answer): ToolAnswer {
  if (terminal.type === 'input_required')
    throw new AppError('CLIENT_CAPABILITY_MISSING', {
      message: 'The tool asks for input, which this command cannot give.',
      fix: 'Call it from an MCP client.',
    });
  if (terminal.type === 'error') {
    const near =
      terminal.error.code === 'UNKNOWN_TARGET'
        ? suggest(
            tool,
            targets.catalog.list('tools', profile).map(({ definition }) => String(definition['name'])),
          )
        : undefined;
    throw near === undefined
      ? terminal.error
      : new AppError('UNKNOWN_TARGET', { message: terminal.error.message, fix: `Did you mean ${near}? \`switchyard tools ls\` lists the tools.` });
  }
  const result = isObject(terminal.value) ? terminal.value : {};
  const content = Array.isArray(result['content']) ? result['content'] : [];
  const texts = content.flatMap((item: unknown) => (isObject(item) && typeof item['text'] === 'string' ? [item['text']] : []));
  return { value: result['structuredContent'] ?? result, text: texts.join('\n'), isError: result['isError'] === true };
}
