/** @module upstreams/instances: one program per project folder, or per caller, behind one upstream. */
import { isAbsolute } from 'node:path';
import type { CallContext } from '../contracts/call.ts';
import type { StdioUpstream } from '../contracts/upstreams-config.ts';
import { AppError } from '../core/errors.ts';

/** Milliseconds after its last call until a program ends. */
const IDLE_MS = 600_000;

/** A program of its own. */
export interface Instance {
  /** Calls that it has to do. */
  readonly load: number;
  close(): Promise<void>;
}

/** How they are made and ended. */
export interface InstancePorts<One extends Instance> {
  /** Folder of calls that bring none: its program is the upstream's own. */
  readonly workspace: string;
  /** Default 10 minutes. */
  readonly idleMs?: number | undefined;
  /** Starts nothing yet. @param folder where the program runs */
  readonly create: (folder: string) => One;
}

interface Kept<One> {
  readonly one: One;
  timer: NodeJS.Timeout | undefined;
}

type Asked = Pick<CallContext, 'principal'> & { readonly admission: Pick<CallContext['admission'], 'workspaceRoot'> };

/** As many as the configuration allows; each ends when nobody has called it for a while. */
export class Instances<One extends Instance> {
  readonly #config: StdioUpstream;
  readonly #name: string;
  readonly #ports: InstancePorts<One>;
  /** The least recently used first. */
  readonly #kept = new Map<string, Kept<One>>();
  readonly #ending = new Set<Promise<void>>();
  #isClosed = false;

  constructor(name: string, config: StdioUpstream, ports: InstancePorts<One>) {
    this.#name = name;
    this.#config = config;
    this.#ports = ports;
  }

  /** Those that are there. */
  get size(): number {
    return this.#kept.size;
  }

  /** Calls that they have to do. */
  get load(): number {
    return [...this.#kept.values()].reduce((total, { one }) => total + one.load, 0);
  }

  /**
   * The program for this call; undefined = the upstream's own. Use it at once, and say `used` afterwards.
   *
   * @throws AppError OVERLOADED when there are as many as may be, and all have something to do; SHUTTING_DOWN
   */
  of(call: Asked): One | undefined {
    const { folder, key } = this.#placeOf(call);
    if (key === undefined) return undefined;
    if (this.#isClosed) throw new AppError('SHUTTING_DOWN');
    const known = this.#kept.get(key);
    if (known) {
      clearTimeout(known.timer);
      known.timer = undefined;
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known.one;
    }
    if (this.#kept.size >= this.#config.maxInstances) this.#makeRoom();
    const one = this.#ports.create(folder);
    this.#kept.set(key, { one, timer: undefined });
    return one;
  }

  /** A call of it has ended: once it has none, its time runs. */
  used(call: Asked): void {
    const { key } = this.#placeOf(call);
    const kept = key === undefined ? undefined : this.#kept.get(key);
    if (!kept || key === undefined || kept.one.load > 0) return;
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => this.#end(key), this.#ports.idleMs ?? IDLE_MS).unref();
  }

  /** Ends all of them; resolves when none runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const key of [...this.#kept.keys()]) this.#end(key);
    await Promise.all(this.#ending);
  }

  #placeOf({ admission, principal }: Asked): { readonly folder: string; readonly key: string | undefined } {
    const { cwd, instances } = this.#config;
    const { workspace } = this.#ports;
    // A folder that the configuration names is the folder, whoever calls.
    const root = cwd ?? admission.workspaceRoot ?? workspace;
    if (instances === 'shared' || !isAbsolute(root)) return { folder: workspace, key: undefined };
    if (instances === 'per-principal') return { folder: root, key: `${principal.id}\n${root}` };
    return { folder: root, key: root === workspace || cwd !== null ? undefined : root };
  }

  #makeRoom(): void {
    const idle = [...this.#kept].find(([, { one }]) => one.load === 0);
    if (idle) this.#end(idle[0]);
    else throw this.#tooMany();
  }

  #tooMany(): AppError {
    return new AppError('OVERLOADED', {
      message: `The upstream ${this.#name} runs ${this.#kept.size} times already, and each has something to do.`,
      fix: `Retry later, or raise upstreams.${this.#name}.maxInstances.`,
    });
  }

  #end(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    clearTimeout(kept.timer);
    this.#kept.delete(key);
    const ending = kept.one.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
