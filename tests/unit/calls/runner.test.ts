import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { InputRequired } from '../../../src/contracts/ask.ts';
import type { Answer } from '../../../src/contracts/call.ts';
import { bench, catalogOf, target } from '../../helpers/pipeline.ts';

const codeOf = (answer: Answer): string | undefined => (answer.terminal.type === 'error' ? answer.terminal.error.code : undefined);

describe('the road', () => {
  it('U1.c: answers with the value of the target and records the outcome before', async () => {
    const { pipeline, records, settled, request } = bench([target()]);
    const answer = await pipeline.run(request('echo', { message: 'hi' }));
    expect(answer.terminal).toEqual({ type: 'result', value: { message: 'hi' } });
    expect(answer.rate?.remaining).toBe(299);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      event: 'tool_executed',
      phase: 'outcome',
      outcome: 'ok',
      decision: 'allow',
      principal: 'key:alice',
      target: 'tool:echo',
      correlationId: 'corr-1',
    });
    expect(settled).toEqual(['echo']);
  });

  it('U1.d: writes the intent before a call with effects runs', async () => {
    const seen: string[] = [];
    const { pipeline, records, request } = bench([
      target({
        traits: { isReadOnly: false, timeoutMs: 5000, takesSlot: true, priority: 5 },
        run: () => {
          seen.push(...records.map(({ phase }) => phase));
          return { type: 'result', value: 1 };
        },
      }),
    ]);
    await pipeline.run(request('echo'));
    expect(seen).toEqual(['intent']);
    expect(records.map(({ phase }) => phase)).toEqual(['intent', 'outcome']);
  });

  it('a call that is stopped while its intent is being written has no effect; one whose work is under way elsewhere is ended by its target', async () => {
    const run = async (isStopped: boolean, kept?: { readonly far: string }): Promise<readonly [number, unknown]> => {
      let effects = 0;
      const leaving = new AbortController();
      const effect = target({
        traits: { isReadOnly: false, timeoutMs: 5000, takesSlot: true, priority: 5 },
        run: () => {
          effects += 1;
          return { type: 'result', value: 1 };
        },
      });
      const { pipeline, request } = bench([effect], {
        audit: {
          append: async ({ phase }) => {
            if (isStopped && phase === 'intent') leaving.abort();
          },
        },
      });
      const task = kept && { kept, begin: async () => true, keep: async () => undefined };
      const code = codeOf(await pipeline.run(request('echo', {}, { signal: leaving.signal, task })));
      return [effects, code];
    };
    expect(await run(true)).toEqual([0, 'CANCELLED']);
    expect(await run(true, { far: 'task' })).toEqual([1, 'CANCELLED']);
    expect(await run(false)).toEqual([1, undefined]);
  });

  it('U1.e: refuses a call with effects when no sink accepts its intent, before the effect', async () => {
    let effects = 0;
    const effect = target({
      traits: { isReadOnly: false, timeoutMs: 5000, takesSlot: true, priority: 5 },
      run: () => {
        effects += 1;
        return { type: 'result', value: 1 };
      },
    });
    const full = bench([effect], { audit: { append: () => Promise.reject(new AppError('AUDIT_UNAVAILABLE')) } });
    expect(codeOf(await full.pipeline.run(full.request('echo')))).toBe('AUDIT_UNAVAILABLE');
    expect(effects).toBe(0);
    const control = bench([effect]);
    await control.pipeline.run(control.request('echo'));
    expect(effects).toBe(1);
  });

  it('withholds the answer when its outcome cannot be recorded', async () => {
    const { pipeline, request } = bench([target()], { audit: { append: () => Promise.reject(new AppError('AUDIT_UNAVAILABLE')) } });
    expect(codeOf(await pipeline.run(request('echo')))).toBe('AUDIT_UNAVAILABLE');
  });

  it('runs the steps in order: kill switch, validation, authorization, reservation', async () => {
    const steps: string[] = [];
    const { pipeline, request } = bench(
      [
        target({
          validateInput: () => {
            steps.push('validate');
            return undefined;
          },
          run: () => {
            steps.push('run');
            return { type: 'result', value: 1 };
          },
        }),
      ],
      {
        killSwitch: {
          check: () => {
            steps.push('kill switch');
            return undefined;
          },
        },
        limits: {
          source: () => undefined,
          load: () => ({ running: 0, queued: 0 }),
          reserve: () => {
            steps.push('reserve');
            return { rate: { policy: '', limit: 1, windowSeconds: 1, remaining: 1, resetSeconds: 1 }, settle: () => void steps.push('settle') };
          },
        },
        audit: {
          append: async () => {
            steps.push('record');
          },
        },
      },
    );
    await pipeline.run(request('echo'));
    expect(steps).toEqual(['kill switch', 'validate', 'reserve', 'run', 'settle', 'record']);
  });

  it('authorizes exactly the validated, frozen input that runs', async () => {
    let decided: unknown;
    let ran: unknown;
    const strict = bench([], {
      generation: () => ({
        id: 1,
        callTimeoutMs: 30_000,
        catalog: {
          resolve: () =>
            target({
              defaults: { path: '.' },
              run: (input) => {
                ran = input;
                return { type: 'result', value: 1 };
              },
            }),
          list: () => [],
          subscribe: () => () => undefined,
        },
        policy: {
          decide: (_p, _t, input) => {
            decided = input;
            return { isAllowed: true, rule: 'r', reason: '' };
          },
          isVisible: () => true,
          scopesOf: () => [],
        },
      }),
    });
    await strict.pipeline.run(strict.request('echo', { deep: { a: 1 } }));
    expect(decided).toEqual({ path: '.', deep: { a: 1 } });
    expect(ran).toBe(decided);
    expect(Object.isFrozen((decided as { deep: object }).deep)).toBe(true);
  });

  it('tells a missing scope from a denied permission, and records the denial', async () => {
    const policy = (missingScopes: string[]) => () => ({
      id: 1,
      callTimeoutMs: 30_000,
      catalog: { resolve: () => target(), list: () => [], subscribe: () => () => undefined },
      policy: { decide: () => ({ isAllowed: false, rule: 'default-deny', reason: 'no', missingScopes }), isVisible: () => false, scopesOf: () => [] },
    });
    const scope = bench([], { generation: policy(['tools:write']) });
    const answer = await scope.pipeline.run(scope.request('echo'));
    expect(codeOf(answer)).toBe('SCOPE_MISSING');
    expect(scope.records[0]).toMatchObject({ event: 'permission_denied', decision: 'deny', rule: 'default-deny' });
    const permission = bench([], { generation: policy([]) });
    expect(codeOf(await permission.pipeline.run(permission.request('echo')))).toBe('PERMISSION_DENIED');
  });

  it('counts calls that fail before they are counted, and limits them too', async () => {
    const counted: string[] = [];
    const { pipeline, request } = bench([], {
      limits: {
        source: () => undefined,
        load: () => ({ running: 0, queued: 0 }),
        reserve: (_p, t) => {
          counted.push(t.name);
          if (counted.length > 1) throw new AppError('RATE_LIMITED');
          return { rate: { policy: '', limit: 1, windowSeconds: 1, remaining: 0, resetSeconds: 1 }, settle: () => undefined };
        },
      },
    });
    expect(codeOf(await pipeline.run(request('nope')))).toBe('UNKNOWN_TARGET');
    expect(codeOf(await pipeline.run(request('nope')))).toBe('RATE_LIMITED');
  });

  it('hides what an unexpected error says, and names a tool failure', async () => {
    const { pipeline, request } = bench([
      target({
        run: () => {
          throw new Error('ENOENT /secret/path');
        },
      }),
    ]);
    const answer = await pipeline.run(request('echo'));
    expect(codeOf(answer)).toBe('TOOL_FAILED');
    expect(answer.terminal.type === 'error' && answer.terminal.error.message).not.toContain('/secret');
  });

  it('ends a call at its deadline even when the target ignores its signal', async () => {
    const { pipeline, request, settled } = bench([target({ run: () => new Promise(() => undefined) })]);
    expect(codeOf(await pipeline.run(request('echo', {}, { timeoutMs: 15 })))).toBe('DEADLINE_EXCEEDED');
    expect(settled).toEqual(['echo']);
    expect(pipeline.activeCalls).toBe(0);
  });

  it('D8.g: gives a call the configured time, unless its target declares its own', async () => {
    const wait = (ms: number) => () =>
      new Promise<{ type: 'result'; value: string }>((resolve) => {
        setTimeout(() => resolve({ type: 'result', value: 'done' }), ms);
      });
    const ordinary = target({ name: 'ordinary', traits: { isReadOnly: true, takesSlot: true, priority: 5 }, run: wait(60) });
    const declared = target({ name: 'declared', traits: { isReadOnly: true, timeoutMs: 5000, takesSlot: true, priority: 5 }, run: wait(60) });
    const stream = target({ name: 'stream', traits: { isReadOnly: true, timeoutMs: Infinity, takesSlot: false, priority: 5 }, run: wait(60) });
    const { pipeline, request } = bench([], {
      generation: () => ({
        id: 1,
        callTimeoutMs: 20,
        catalog: catalogOf([ordinary, declared, stream]),
        policy: { decide: () => ({ isAllowed: true, rule: 'r', reason: '' }), isVisible: () => true, scopesOf: () => [] },
      }),
    });
    const answers = await Promise.all(['ordinary', 'declared', 'stream'].map((name) => pipeline.run(request(name))));
    expect(answers.map(codeOf)).toEqual(['DEADLINE_EXCEEDED', undefined, undefined]);
  });

  it('cancels with the door, and with the stop of the gateway', async () => {
    const { pipeline, request } = bench([target({ run: () => new Promise(() => undefined) })]);
    const controller = new AbortController();
    const running = pipeline.run(request('echo', {}, { signal: controller.signal }));
    controller.abort();
    expect(codeOf(await running)).toBe('CANCELLED');
    const second = pipeline.run(request('echo'));
    pipeline.stop(new AppError('SHUTTING_DOWN'));
    expect(codeOf(await second)).toBe('SHUTTING_DOWN');
    expect(codeOf(await pipeline.run(request('echo')))).toBe('SHUTTING_DOWN');
    await pipeline.drained();
  });

  it('stops a stream as soon as the kill switch is thrown', async () => {
    let isOff = false;
    const parts: unknown[] = [];
    const { pipeline, request } = bench(
      [
        target({
          run: async (_input, context) => {
            await context.emit({ type: 'progress', progress: 1 });
            isOff = true;
            await context.emit({ type: 'progress', progress: 2 });
            return { type: 'result', value: 'late' };
          },
        }),
      ],
      { killSwitch: { check: () => (isOff ? 'maintenance' : undefined) } },
    );
    const answer = await pipeline.run(
      request(
        'echo',
        {},
        {
          emit: (part) => {
            parts.push(part);
          },
        },
      ),
    );
    expect(codeOf(answer)).toBe('TARGET_DISABLED');
    expect(parts).toHaveLength(1);
  });

  it('ends a call whose questions must travel back as input_required', async () => {
    const ask = { a: { method: 'elicitation/create', params: {} } } as const;
    const { pipeline, request, records } = bench([
      target({
        run: async (_input, context) => {
          await context.ask(ask);
          return { type: 'result', value: 1 };
        },
      }),
    ]);
    const answer = await pipeline.run(
      request(
        'echo',
        {},
        {
          asker: {
            ask: async (requests) => {
              throw new InputRequired(requests);
            },
          },
        },
      ),
    );
    expect(answer.terminal).toEqual({ type: 'input_required', requests: ask });
    expect(records[0]?.outcome).toBe('input_required');
    expect(codeOf(await pipeline.run(request('echo')))).toBe('CLIENT_CAPABILITY_MISSING');
  });

  it("runs children on the same road: own record, parent id, no second slot, the parent's deadline", async () => {
    const slots: boolean[] = [];
    const { pipeline, request, records } = bench(
      [
        target({
          name: 'outer',
          run: async (_input, context) => ({
            type: 'result',
            value: (await context.call({ target: { kind: 'tool', name: 'inner' }, input: {}, timeoutMs: 60_000 })).terminal,
          }),
        }),
        target({ name: 'inner', run: (_input, context) => ({ type: 'result', value: context.scope.remainingMs }) }),
      ],
      {
        limits: {
          source: () => undefined,
          load: () => ({ running: 0, queued: 0 }),
          reserve: (_p, _t, _s, isChild) => {
            slots.push(isChild);
            return { rate: { policy: '', limit: 1, windowSeconds: 1, remaining: 1, resetSeconds: 1 }, settle: () => undefined };
          },
        },
      },
    );
    const answer = await pipeline.run(request('outer', {}, { timeoutMs: 1000 }));
    expect(slots).toEqual([false, true]);
    expect(records.map(({ target: name, parentId }) => [name, parentId])).toEqual([
      ['tool:inner', answer.callId],
      ['tool:outer', undefined],
    ]);
    const inner = answer.terminal.type === 'result' ? (answer.terminal.value as { value: number }) : { value: Infinity };
    expect(inner.value).toBeLessThanOrEqual(1000);
  });

  it('refuses what the target may not answer', async () => {
    const { pipeline, request } = bench([target({ validateOutput: () => [{ path: '/a', message: 'must be a string' }] })]);
    expect(codeOf(await pipeline.run(request('echo')))).toBe('OUTPUT_INVALID');
  });

  it('keeps redacted members away from the audit log', async () => {
    const { pipeline, request, records } = bench([target({ redact: ['/secret', '/nested/key~1x'] })]);
    await pipeline.run(request('echo', { secret: 's', nested: { 'key/x': 1, other: 2 } }));
    expect(records[0]?.input).toEqual({ nested: { other: 2 } });
  });
});

describe('a closed intake', () => {
  it('refuses calls of doors, not those of running calls, and does not wait for what it refuses', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const outer = target({
      name: 'outer',
      run: async (_input, call) => {
        await released;
        const { terminal } = await call.call({ target: { kind: 'tool', name: 'echo' }, input: {} });
        return { type: 'result', value: terminal.type };
      },
    });
    const { pipeline, request } = bench([outer, target({})]);
    const running = pipeline.run(request('outer'));
    pipeline.closeIntake(new AppError('SHUTTING_DOWN'));
    const refused = pipeline.run(request('echo'));
    expect(pipeline.activeCalls).toBe(1);
    expect(codeOf(await refused)).toBe('SHUTTING_DOWN');
    const drained = pipeline.drained();
    release();
    expect((await running).terminal).toEqual({ type: 'result', value: 'result' });
    await drained;
  });
});
