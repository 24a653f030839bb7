import { describe, expect, it } from 'vitest';
import type { StreamPart } from '../../../../src/contracts/call.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { createEmit } from '../../../../src/doors/mcp/emit.ts';
import { Heartbeat } from '../../../../src/doors/mcp/heartbeat.ts';
import { NO_LOGS } from '../../../../src/doors/mcp/log-levels.ts';

describe('K3.j a call whose client wants progress', () => {
  const start = (): { readonly heart: Heartbeat; readonly parts: StreamPart[]; readonly at: (ms: number) => void } => {
    const parts: StreamPart[] = [];
    const heart = new Heartbeat((part) => void parts.push(part));
    const from = performance.now();
    return { heart, parts, at: (ms) => heart.tick(from + ms) };
  };

  it('tells it at least every ten seconds that it runs, with a pulse of one second', () => {
    const { parts, at } = start();
    for (let ms = 1000; ms <= 60_000; ms += 1000) at(ms);
    expect(parts).toHaveLength(6);
    expect(parts.at(-1)).toMatchObject({ type: 'progress', message: expect.stringMatching(/^Running for 5\d s\.$/) });
  });

  it('says nothing while the call speaks for itself', () => {
    const { heart, parts, at } = start();
    void heart.emit({ type: 'progress', progress: 1 });
    at(8000);
    expect(parts).toHaveLength(1);
  });

  it('never keeps a real step from being sent', () => {
    const sent: string[] = [];
    const emit = createEmit({ scope: new Scope(), canStream: true, send: (text) => void sent.push(text) }, 'token', NO_LOGS);
    if (!emit) throw new Error('no way to send');
    const heart = new Heartbeat(emit);
    const from = performance.now();
    for (const step of [0.01, 0.02, 0.03]) {
      void heart.emit({ type: 'progress', progress: step, total: 1 });
      for (let n = 1; n <= 100; n += 1) heart.tick(from + step * 1e9 + n * 10_000);
    }
    const values = sent.map((text) => (JSON.parse(text) as { readonly params: { readonly progress: number } }).params.progress);
    expect(values).toHaveLength(303);
    expect(values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0))).toBe(true);
    expect(values).toEqual(expect.arrayContaining([0.01, 0.02, 0.03]));
  });
});
