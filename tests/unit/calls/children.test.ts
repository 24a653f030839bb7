import { expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { bench, target } from '../../helpers/pipeline.ts';

/** A tool that begins another one, and waits for it or not. */
function family(isWaitedFor: boolean): { readonly run: ReturnType<typeof bench>; readonly ended: string[]; readonly finish: () => void } {
  const ended: string[] = [];
  const work = Promise.withResolvers<void>();
  const child = target({
    name: 'child',
    run: async (_input, context) => {
      context.scope.onCancel(({ message }) => void ended.push(message));
      await work.promise;
      return { type: 'result', value: 'done' };
    },
  });
  const parent = target({
    name: 'parent',
    run: async (_input, context) => {
      const running = context.call({ target: { kind: 'tool', name: 'child' }, input: {} });
      if (isWaitedFor) await running;
      return { type: 'result', value: 'parent is done' };
    },
  });
  return { run: bench([parent, child]), ended, finish: () => work.resolve() };
}

it('a child call that its parent does not wait for ends with it: nothing else would ever end it', async () => {
  const { run, ended } = family(false);
  await run.pipeline.run(run.request('parent'));
  await run.pipeline.drained();
  expect([run.pipeline.activeCalls, ended]).toEqual([0, ['The call that began this one has ended.']]);
  expect(run.records.map(({ target: name, outcome }) => `${name} ${outcome}`)).toContain('tool:child CANCELLED');
});

it('one that it waits for ends as it likes (control)', async () => {
  const { run, ended, finish } = family(true);
  const answering = run.pipeline.run(run.request('parent'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(run.pipeline.activeCalls).toBe(2);
  finish();
  expect((await answering).terminal.type).toBe('result');
  expect([run.pipeline.activeCalls, ended]).toEqual([0, []]);
});

it('a stop reaches children whose parent has ended meanwhile (control: it reaches those whose parent runs)', async () => {
  for (const isWaitedFor of [false, true]) {
    const { run } = family(isWaitedFor);
    const answering = run.pipeline.run(run.request('parent'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    run.pipeline.stop(new AppError('SHUTTING_DOWN'));
    await Promise.all([answering, run.pipeline.drained()]);
    expect(run.pipeline.activeCalls).toBe(0);
  }
});
