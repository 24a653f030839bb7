import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../../../../src/config/replace-file.ts';
import type { AuditEvent } from '../../../../src/contracts/audit.ts';
import type { PinGuard, PinSubject, UpstreamIdentity } from '../../../../src/contracts/pins.ts';
import type { Logger } from '../../../../src/contracts/telemetry.ts';
import { createPinGuard } from '../../../../src/upstreams/pins/guard.ts';
import { createPinStore, type PinStore } from '../../../../src/upstreams/pins/pin-store.ts';

export const IDENTITY: UpstreamIdentity = { transport: 'stdio', command: 'node', args: ['server.js'], env: [] };
export const SILENT: Logger = { isDebug: false, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export const tool = (name: string, description = `Does ${name}.`): { readonly name: string; readonly description: string; readonly inputSchema: object } => ({
  name,
  description,
  inputSchema: { type: 'object', properties: { value: { type: 'string' } } },
});

export interface Bench {
  readonly folder: string;
  readonly lockPath: string;
  readonly store: PinStore;
  readonly guard: PinGuard;
  readonly records: AuditEvent[];
  readonly clock: { nowMs: number };
  subject(overrides?: Partial<PinSubject>): PinSubject;
  remove(): void;
}

/** A store and a guard on a folder of their own, with a clock that stands. */
export function createBench(folder: string = mkdtempSync(join(tmpdir(), 'sy-pins-'))): Bench {
  const lockPath = join(folder, 'switchyard.lock');
  const store = createPinStore({ lockPath, folder: join(folder, 'pins'), replace: replaceFile });
  const records: AuditEvent[] = [];
  const clock = { nowMs: 0 };
  const guard = createPinGuard({
    store,
    audit: { append: async (event) => void records.push(event) },
    clock: { now: () => 1_000_000 + clock.nowMs, monotonic: () => clock.nowMs },
    logger: SILENT,
  });
  return {
    folder,
    lockPath,
    store,
    guard,
    records,
    clock,
    subject: (overrides) => ({ name: 'github', policy: 'trust-first-use', identity: IDENTITY, ...overrides }),
    remove() {
      guard.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
