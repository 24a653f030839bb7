import { expect, it } from 'vitest';
import { createLifecycle, type Step } from '../../../src/app/lifecycle.ts';

const LOGGER = { debug: () => undefined, error: () => undefined };

function stepsOf(done: string[], names: readonly string[], waiting?: Promise<void>): Step[] {
  return names.map((name) => ({
    name,
    run: async () => {
      await waiting;
      done.push(name);
    },
  }));
}

it('a stop during the start ends the start after its present step, and leaves nothing open', async () => {
  const done: string[] = [];
  const step = Promise.withResolvers<void>();
  const lifecycle = createLifecycle({ up: stepsOf(done, ['up 1', 'up 2'], step.promise), down: stepsOf(done, ['down']) }, () => LOGGER);
  const started = lifecycle.start();
  const stopped = lifecycle.stop();
  step.resolve();
  await expect(started).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  await stopped;
  expect([done, lifecycle.state.phase]).toEqual([['up 1', 'down'], 'stopped']);
});

it('a stop after the start runs the steps down once, however often it is asked for (control)', async () => {
  const done: string[] = [];
  const lifecycle = createLifecycle({ up: stepsOf(done, ['up 1', 'up 2']), down: stepsOf(done, ['down']) }, () => LOGGER);
  await lifecycle.start();
  expect(lifecycle.state.phase).toBe('ready');
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  expect([done, lifecycle.state.phase]).toEqual([['up 1', 'up 2', 'down'], 'stopped']);
});

it('a start that fails runs the steps down, and can be tried again', async () => {
  const done: string[] = [];
  let isBroken = true;
  const broken: Step = {
    name: 'broken',
    run: () => {
      if (isBroken) throw new Error('no');
    },
  };
  const lifecycle = createLifecycle({ up: [...stepsOf(done, ['up']), broken], down: stepsOf(done, ['down']) }, () => LOGGER);
  await expect(lifecycle.start()).rejects.toThrow('no');
  expect([done, lifecycle.state.phase]).toEqual([['up', 'down'], 'failed']);
  isBroken = false;
  await lifecycle.start();
  await lifecycle.stop();
  expect([done, lifecycle.state.phase]).toEqual([['up', 'down', 'up', 'down'], 'stopped']);
});
