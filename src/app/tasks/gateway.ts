/** @module app/tasks/gateway: asking a running gateway over its REST facade. */
import { homePaths, resolveHome } from '../../config/home.ts';
import { AppError, ERRORS, type ErrorCode } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { readPrivateFile } from '../../core/private-file.ts';
import { findServing } from '../serving.ts';
import type { TaskPlace } from './task.ts';

/** Where and as whom. */
export interface GatewayAddress {
  /** Base of every route. */
  readonly url: string;
  readonly key: string;
  /** PEM file of the certificate that it must show; absent = one that this machine trusts. */
  readonly certFile?: string | undefined;
}

/** What to ask. */
export interface GatewayRequest {
  readonly path: string;
  /** Sent as JSON by POST. */
  readonly body: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The gateway that serves this home, with its admin key. @throws AppError SERVER_UNREACHABLE, HOME_INSECURE */
export async function findGateway({ home, env = process.env }: TaskPlace): Promise<GatewayAddress> {
  const paths = homePaths(resolveHome(home === undefined ? env : { ...env, SWITCHYARD_HOME: home }));
  const serving = await findServing(paths);
  if (!serving)
    throw new AppError('SERVER_UNREACHABLE', {
      message: `No gateway serves the state folder ${paths.root}.`,
      fix: 'Start it with `switchyard serve`, or name another folder with --home.',
    });
  const key = readPrivateFile(paths.adminKey)?.trim();
  if (key === undefined)
    throw new AppError('SERVER_UNREACHABLE', { message: 'The state folder holds no admin key.', fix: 'Start `switchyard serve` again: it makes one.' });
  return { url: serving.url, key, certFile: serving.certFile };
}

/**
 * Checks an address that somebody typed.
 *
 * @returns its base, without a path such as `/mcp`
 * @throws AppError USAGE when it is no http(s) URL, or would carry the key in the clear beyond this machine
 */
export function parseGatewayUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new AppError('USAGE', { message: `Not an address: ${text}.`, fix: 'Write http://127.0.0.1:8000 or https://…' });
  const isLocal = url.hostname === 'localhost' || url.hostname === '[::1]' || url.hostname.startsWith('127.');
  if (url.protocol === 'http:' && !isLocal)
    throw new AppError('USAGE', { message: 'Plain http would show the key to everybody on the way.', fix: 'Use https, or an address of this machine.' });
  return url.origin;
}

/**
 * The JSON of the answer.
 *
 * @throws AppError as the gateway answered; SERVER_UNREACHABLE when nothing or something else answers; CANCELLED
 */
export async function askGateway({ url, key, certFile }: GatewayAddress, { path, body, signal }: GatewayRequest): Promise<unknown> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', Accept: 'application/json', 'User-Agent': 'switchyard-cli' };
  const request = { headers, body: JSON.stringify(body), ...(signal === undefined ? {} : { signal }) };
  const asking = certFile === undefined ? post(url + path, request) : (await import('./pinned-post.ts')).postPinned({ ...request, url: url + path, certFile });
  const { status, text } = await asking.catch((cause: unknown) => {
    if (signal?.aborted === true) throw new AppError('CANCELLED', { cause });
    throw new AppError('SERVER_UNREACHABLE', { message: `Nothing answers at ${url}.`, cause });
  });
  const answer = parse(text);
  if (status >= 200 && status < 300) return answer;
  throw errorOf(answer, status, url);
}

async function post(url: string, request: RequestInit): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(url, { ...request, method: 'POST', redirect: 'error' });
  return { status: response.status, text: await response.text().catch(() => '') };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorOf(answer: unknown, status: number, url: string): AppError {
  const error = isObject(answer) ? answer['error'] : undefined;
  // A tool that brings its own shape of failure.
  if (isObject(answer) && !isObject(error) && status === ERRORS.TOOL_FAILED.status) return new AppError('TOOL_FAILED', { data: answer });
  if (!isObject(error) || typeof error['code'] !== 'string' || !isCode(error['code'])) {
    return new AppError('SERVER_UNREACHABLE', {
      message: `What answers at ${url} is no switchyard of this version (status ${status}).`,
      fix: 'Check the address.',
    });
  }
  const { message, fix, data } = error;
  return new AppError(error['code'], {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof fix === 'string' ? { fix } : {}),
    ...(isObject(data) ? { data } : {}),
  });
}

const isCode = (text: string): text is ErrorCode => Object.hasOwn(ERRORS, text);
