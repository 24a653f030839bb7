/** @module app/serving: how other processes of the home find a running gateway. */
import { rmSync } from 'node:fs';
import type { HomePaths } from '../contracts/home.ts';
import { isObject } from '../core/json.ts';
import { readPrivateFile, writePrivateFile } from '../core/private-file.ts';
import { isAttachable } from './attach.ts';

/** A gateway that serves this home. */
export interface Serving {
  readonly pid: number;
  /** Base of every route, such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** With TLS: PEM file of the certificate that it shows. */
  readonly certFile?: string | undefined;
}

/** Says where this process is reached. Call it while the socket of the home is held: it makes the file ours. */
export function announceServing({ serving }: HomePaths, url: string, certFile: string | null = null): void {
  writePrivateFile(serving, `${JSON.stringify({ pid: process.pid, url, ...(certFile === null ? {} : { certFile }) })}\n`);
}

/** Removes what this process has said; another's stays. */
export function withdrawServing(home: HomePaths): void {
  if (readServing(home)?.pid === process.pid) rmSync(home.serving, { force: true });
}

/** What the file says; its writer may be gone. Undefined when there is none or it cannot be understood. */
export function readServing({ serving }: HomePaths): Serving | undefined {
  try {
    const value: unknown = JSON.parse(readPrivateFile(serving) ?? 'null');
    if (!isObject(value) || typeof value['pid'] !== 'number' || typeof value['url'] !== 'string') return undefined;
    const { pid, url, certFile } = value;
    return { pid, url, ...(typeof certFile === 'string' ? { certFile } : {}) };
  } catch {
    return undefined;
  }
}

/**
 * The gateway that runs now. Both must hold: the process lives and the socket of the home is
 * answered. A file that a killed gateway left behind must not send a key to whoever took its port.
 */
export async function findServing(home: HomePaths): Promise<Serving | undefined> {
  const said = readServing(home);
  return said && isAlive(said.pid) && (await isAttachable(home.socket)) ? said : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
