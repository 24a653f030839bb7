/** @module doors/mcp/tasks/beats: signs of life of running tasks, and what other processes want of them. */
import type { TaskWish } from '../../../contracts/task-store.ts';
import { isObject } from '../../../core/json.ts';
import type { RunningTask } from './running-task.ts';
import { isOver } from './task-state.ts';

/** What beats do. */
export interface BeatPorts {
  renew(): Promise<void>;
  wishes(): Promise<readonly TaskWish[]>;
  beat(task: RunningTask): void;
  save(task: RunningTask): Promise<void>;
  cancel(task: RunningTask): void;
  onProblem(problem: unknown): void;
}

const LOOK_MS = 1000;
/** Leases last four times as long. */
const RENEW_MS = 5000;
/** A client is told something at least every ten seconds. */
const BEAT_MS = 9000;

/** Runs while a task does, and never keeps the process alive. */
export class Beats {
  readonly #tasks: ReadonlyMap<string, RunningTask>;
  readonly #ports: BeatPorts;
  #timer: NodeJS.Timeout | undefined;
  #renewedAt = 0;
  #beatAt = 0;

  constructor(tasks: ReadonlyMap<string, RunningTask>, ports: BeatPorts) {
    this.#tasks = tasks;
    this.#ports = ports;
  }

  start(): void {
    if (this.#timer) return;
    this.#renewedAt = this.#beatAt = performance.now();
    this.#timer = setInterval(() => this.#look(performance.now()), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(now: number): void {
    if (this.#tasks.size === 0) {
      this.stop();
      return;
    }
    this.#ports.wishes().then((wishes) => this.#grant(wishes), this.#ports.onProblem);
    if (now - this.#renewedAt >= RENEW_MS) {
      this.#renewedAt = now;
      this.#ports.renew().catch(this.#ports.onProblem);
    }
    if (now - this.#beatAt < BEAT_MS) return;
    this.#beatAt = now;
    for (const task of [...this.#tasks.values()]) {
      // One that has ended and is still here could not be written.
      if (isOver(task.state)) void this.#ports.save(task);
      else this.#ports.beat(task);
    }
  }

  #grant(wishes: readonly TaskWish[]): void {
    for (const { taskId, text } of wishes) {
      const task = this.#tasks.get(taskId);
      if (!task) continue;
      try {
        const wish: unknown = JSON.parse(text);
        if (!isObject(wish)) continue;
        if (wish['cancel'] === true) this.#ports.cancel(task);
        else if (isObject(wish['answer'])) task.answer(wish['answer']);
      } catch (problem) {
        this.#ports.onProblem(problem);
      }
    }
  }
}
