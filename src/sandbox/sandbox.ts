/** @module sandbox: code of callers, run by the strongest driver that works here, or not at all. There is no third way. */
import type { Sandbox, SandboxAnswer, SandboxDriver, SandboxJob, SandboxLanguage, SandboxRequest, SandboxStatus } from '../contracts/sandbox.ts';
import type { SandboxConfig } from '../contracts/sandbox-config.ts';
import type { Workspace } from '../contracts/workspace.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { createScratch, type Scratch } from './scratch.ts';
import { Turns } from './turns.ts';

/** What the sandbox is made with. */
export interface SandboxPorts {
  /** The one in force. */
  readonly config: () => SandboxConfig;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Absolute folder that holds the scratch folders. */
  readonly folder: string;
  /** Safe access to the files below a folder. */
  readonly workspaceAt: (folder: string) => Workspace;
  /** Entries of a scratch folder that are counted; one with more is full. Default 10 000. */
  readonly maxEntries?: number;
  /** Strongest first. Loaded at the first use. */
  readonly drivers: () => Promise<readonly SandboxDriver[]>;
}

/** A self-test that failed is tried again after this time: what was missing may have been installed. */
const RETRY_MS = 60_000;

interface Chosen {
  readonly driver: SandboxDriver | undefined;
  readonly status: SandboxStatus;
  readonly at: number;
}

/** Loads and tries nothing before the first use. */
export function createSandbox({ config, clock, folder, workspaceAt, drivers, maxEntries }: SandboxPorts): Sandbox {
  const scratch = createScratch(folder, workspaceAt, maxEntries);
  const turns = new Turns(
    () => config().concurrency,
    () => config().queue,
  );
  let built: Promise<readonly SandboxDriver[]> | undefined;
  let chosen: Promise<Chosen> | undefined;
  let chosenFor: SandboxConfig['level'] | undefined;

  const choose = async (): Promise<Chosen> => {
    const { level } = config();
    const at = clock.monotonic();
    if (level === 'off') return { driver: undefined, at, status: none('Switched off.', 'Set sandbox.level to auto.') };
    const refusals: { readonly level: string; readonly why: string; readonly fix: string }[] = [];
    for (const driver of await (built ??= drivers())) {
      if (level !== 'auto' && driver.level !== level) continue;
      const found = await driver.probe();
      if (found.isUsable) {
        const [better] = refusals;
        const detail = better ? `${found.status.detail} Not ${better.level}: ${better.why}` : found.status.detail;
        return { driver, at, status: { ...found.status, level: driver.level, detail, fix: better?.fix ?? found.status.fix } };
      }
      refusals.push({ level: driver.level, why: found.why, fix: found.fix });
    }
    const why = refusals.map((refusal) => `not ${refusal.level}: ${refusal.why}`).join(' ');
    return {
      driver: undefined,
      at,
      status: none(`Code of callers is not run: ${why || 'no driver is asked for.'}`, refusals.map(({ fix }) => fix).join(' Or: ') || null),
    };
  };
  const current = async (): Promise<Chosen> => {
    const known = chosenFor === config().level ? await chosen : undefined;
    if (known && (known.driver || clock.monotonic() - known.at < RETRY_MS)) return known;
    chosenFor = config().level;
    chosen = choose();
    return await chosen;
  };

  return {
    status: async () => (await current()).status,
    scratchOf: (owner) => scratch.of(owner),
    async run(request) {
      const { driver, status } = await current();
      const language = languageOf(request);
      if (!driver || (language !== undefined && !status.languages.includes(language)) || (language === undefined && driver.level !== 'native'))
        throw unavailable(status, language);
      await turns.take(request.owner, request.signal);
      try {
        request.onStart?.();
        return await runIn(driver, scratch, request, config());
      } finally {
        turns.giveBack(request.owner);
      }
    },
    async close() {
      for (const driver of (await built) ?? []) await driver.close();
    },
  };
}

/** Files in, run, files out, under the owner's turn. */
async function runIn(driver: SandboxDriver, scratch: Scratch, request: SandboxRequest, config: SandboxConfig): Promise<SandboxAnswer> {
  const { owner, program, files, signal, onOutput, onViolation } = request;
  const { timeoutSeconds, memoryBytes, processes, diskBytes, cpuShare, maxOutputBytes, readable } = config;
  await scratch.put(owner, files, diskBytes);
  const before = await scratch.look(owner);
  const job: SandboxJob = {
    program,
    folder: scratch.of(owner),
    owner,
    limits: { timeoutMs: Math.min(request.timeoutMs, timeoutSeconds * 1000), memoryBytes, processes, diskBytes, cpuShare, maxOutputBytes },
    readable,
    signal,
    onOutput,
  };
  const outcome = await driver.run(job);
  const filesWritten = await scratch.changedSince(owner, before);
  const wasFull = await scratch.enforce(owner, before, diskBytes);
  const limitsHit = wasFull && !outcome.limitsHit.includes('disk') ? [...outcome.limitsHit, 'disk' as const].sort() : outcome.limitsHit;
  if (limitsHit.length > 0) await onViolation?.(limitsHit, driver.level);
  return { ...outcome, limitsHit, level: driver.level, filesWritten: wasFull ? [] : filesWritten };
}

function languageOf({ program }: SandboxRequest): SandboxLanguage | undefined {
  return program.kind === 'code' ? program.language : undefined;
}

function none(detail: string, fix: string | null): SandboxStatus {
  return { level: 'none', detail, fix, languages: [], limitsBy: [] };
}

function unavailable({ level, detail, fix, languages }: SandboxStatus, language: SandboxLanguage | undefined): AppError {
  const what = language === undefined ? 'Programs are' : `Code in ${language} is`;
  return new AppError('SANDBOX_UNAVAILABLE', {
    message: level === 'none' ? detail : `${what} not available at the level ${level}. ${detail}`,
    ...(fix === null ? {} : { fix }),
    data: { level, languages },
  });
}
