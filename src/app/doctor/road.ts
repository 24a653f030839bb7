/** @module app/doctor/road: one real call through the road for each tool, with the configuration in force. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from '../../contracts/call.ts';
import { systemClock } from '../../core/clock.ts';
import type { AppError, ErrorCode } from '../../core/errors.ts';
import { randomHex } from '../../core/ids.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createApp, type App } from '../app.ts';
import { travel } from '../tasks/calls.ts';
import type { TaskPlace } from '../tasks/task.ts';
import { failure, fine, warning, type Finding } from './finding.ts';

/** A call with what its data must show. */
interface Trial {
  readonly tool: string;
  readonly input: JsonObject;
  readonly isRight: (data: JsonObject) => boolean;
}

const FILE = 'switchyard-doctor.txt';
/** The operator wanted it so; the road works. */
const INTENDED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['SCOPE_MISSING', 'PERMISSION_DENIED', 'TARGET_DISABLED']);

/** Clients of models pay for every definition in each conversation. */
const MANY_TOKENS = 10_000;

/** @param hasHome whether the home exists; without one the calls are made in a home of their own, so that looking makes nothing */
export async function examineRoad(place: TaskPlace, hasHome: boolean): Promise<readonly Finding[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'switchyard-doctor-'));
  const workspace = join(scratch, 'workspace');
  mkdirSync(workspace);
  const logger = createLogger({ level: 'error', isPretty: process.stderr.isTTY === true, clock: systemClock });
  const app = createApp({ ...place, ...(hasHome ? {} : { home: join(scratch, 'home') }), logger, workspace, doors: [] });
  try {
    await app.start();
    const findings: Finding[] = [];
    // One after the other: what one writes the next reads.
    for (const trial of trials(randomHex(8))) findings.push(await examineTool(app, trial, workspace));
    return [...findings, ...examineDefinitions(app), ...(await examineLibraries(app))];
  } finally {
    await app.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function trials(mark: string): readonly Trial[] {
  return [
    { tool: 'ping', input: {}, isRight: () => true },
    { tool: 'echo', input: { message: mark }, isRight: ({ echo }) => echo === mark },
    { tool: 'health_check', input: {}, isRight: ({ status }) => status === 'healthy' },
    { tool: 'platform_status', input: {}, isRight: (data) => Object.keys(data).length > 0 },
    { tool: 'write_file', input: { path: FILE, content: mark }, isRight: (data) => data['bytes_written'] === mark.length },
    { tool: 'read_file', input: { path: FILE }, isRight: ({ content }) => content === mark },
    { tool: 'list_directory', input: { path: '.' }, isRight: ({ count }) => count === 1 },
    { tool: 'execute_python', input: { code: '6 * 7' }, isRight: ({ result }) => result === 42 },
  ];
}

async function examineTool(app: App, { tool, input, isRight }: Trial, workspace: string): Promise<Finding> {
  const id = `call.${tool}`;
  if (app.targets.catalog.resolve('tool', tool) === undefined) return fine(id, `${tool} is switched off by tools.disabled.`);
  const startedAt = performance.now();
  const { terminal } = await travel(app, { tool, input, workspace });
  if (terminal.type === 'error') return refused(id, tool, terminal.error);
  const data = dataOf(terminal);
  if (data && isRight(data)) return fine(id, `${tool} answered rightly in ${(performance.now() - startedAt).toFixed(1)} ms.`);
  return failure(id, `${tool} answered: ${JSON.stringify(data ?? null).slice(0, 500)}`, 'See the other findings; `switchyard tools call` repeats the call.');
}

function refused(id: string, tool: string, { code, message, fix }: AppError): Finding {
  if (INTENDED.has(code))
    return warning(id, `${tool} is refused to the local user: ${code}: ${message}`, `If that is not wanted: \`switchyard tools why ${tool}\`.`);
  if (code === 'SANDBOX_UNAVAILABLE') return warning(id, `${tool} runs nothing here: ${message}`, fix);
  // A file tool that finds no file says so because writing was refused before.
  return failure(id, `${tool} failed: ${code}: ${message}`, fix);
}

function dataOf(terminal: Answer['terminal']): JsonObject | undefined {
  const value = terminal.type === 'result' && isObject(terminal.value) ? terminal.value : {};
  const content = isObject(value['structuredContent']) ? value['structuredContent'] : {};
  return isObject(content['data']) ? content['data'] : undefined;
}

/** What works but will serve models badly. */
function examineDefinitions({ targets }: App): readonly Finding[] {
  const id = 'tools.definitions';
  const { registry } = targets.tools;
  const { tools, definitionBytes } = registry.stats();
  const tokens = Math.ceil(definitionBytes / 4);
  const advice = registry.lint().map(({ tool, message }) => warning(`${id}.${tool}`, `${tool}: ${message}`, 'Change the definition of the tool.'));
  if (tokens > MANY_TOKENS)
    return [
      warning(id, `${tools} tools cost a model about ${tokens} tokens (estimate) in every conversation.`, 'Leave out what nobody uses: tools.disabled.'),
      ...advice,
    ];
  return [fine(id, `${tools} tools, about ${tokens} tokens (estimate) of definitions.`), ...advice];
}

/** As `sdks://list` tells clients. */
async function examineLibraries({ runner }: App): Promise<readonly Finding[]> {
  const id = 'libraries';
  const admission = await runner.admit({ door: 'cli', source: 'stdio', credential: { kind: 'local' } });
  const { terminal } = await runner.run({ admission, target: { kind: 'resource', name: 'sdks://list' }, input: {}, trace: { correlationId: randomHex(16) } });
  if (terminal.type === 'error') return [refused(id, 'sdks://list', terminal.error)];
  const contents = terminal.type === 'result' && isObject(terminal.value) ? terminal.value['contents'] : undefined;
  const first: unknown = Array.isArray(contents) ? contents[0] : undefined;
  const list: unknown = isObject(first) && typeof first['text'] === 'string' ? JSON.parse(first['text']) : undefined;
  const libraries = isObject(list) && Array.isArray(list['libraries']) ? list['libraries'].filter(isObject) : [];
  const missing = libraries.filter(({ available }) => available !== true);
  const present = libraries.filter(({ available }) => available === true).map(({ name, version }) => `${String(name)} ${String(version)}`);
  return [
    fine(id, `Found: ${present.join(', ') || 'none'}.`),
    ...missing.map((library) =>
      warning(
        `${id}.${String(library['name'])}`,
        `${String(library['name'])} is missing: ${String(library['purpose'])}.`,
        String(library['missing'] ?? 'Install it.'),
      ),
    ),
  ];
}
