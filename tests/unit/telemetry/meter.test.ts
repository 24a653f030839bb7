import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS, createMeter } from '../../../src/telemetry/meter.ts';
import { registerProcessMetrics } from '../../../src/telemetry/process-metrics.ts';

const samplesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('counters', () => {
  it('counts per combination of labels, whatever the order of the names', () => {
    const meter = createMeter();
    const calls = meter.counter('calls_total', 'Calls.');
    calls.add({ door: 'mcp', outcome: 'ok' });
    calls.add({ outcome: 'ok', door: 'mcp' }, 2);
    calls.add({ door: 'rest', outcome: 'ok' });
    expect(meter.render()).toBe(
      ['# HELP calls_total Calls.', '# TYPE calls_total counter', 'calls_total{door="mcp",outcome="ok"} 3', 'calls_total{door="rest",outcome="ok"} 1', ''].join(
        '\n',
      ),
    );
  });

  it('never goes back', () => {
    const meter = createMeter();
    const counter = meter.counter('a_total', 'A.');
    counter.add({}, 5);
    counter.add({}, -3);
    counter.add({}, Number.NaN);
    expect(meter.render()).toContain('\na_total 5\n');
  });

  it('gives the same metric for the same name and refuses another type or a bad name', () => {
    const meter = createMeter();
    meter.counter('a_total', 'A.').add({});
    meter.counter('a_total', 'A.').add({});
    expect(meter.render()).toContain('a_total 2');
    expect(() => meter.histogram('a_total', 'A.')).toThrow(expect.objectContaining({ code: 'DUPLICATE_NAME' }) as Error);
    expect(() => meter.counter('no-dashes', '')).toThrow(expect.objectContaining({ code: 'DEFINITION_INVALID' }) as Error);
  });

  it('bounds the label sets: past 1 000 everything new is other, and what was known still counts', () => {
    const meter = createMeter();
    const counter = meter.counter('a_total', 'A.');
    for (let index = 0; index < 5000; index += 1) counter.add({ client: `c${index}`, kind: 'tool' });
    counter.add({ client: 'c7', kind: 'tool' });
    const samples = samplesOf(meter.render());
    expect(samples).toHaveLength(1001);
    expect(samples).toContain('a_total{client="other",kind="other"} 4000');
    expect(samples).toContain('a_total{client="c7",kind="tool"} 2');
  });

  it('cuts long values', () => {
    const meter = createMeter();
    const counter = meter.counter('a_total', 'A.');
    counter.add({ client: `${'x'.repeat(128)}a` });
    counter.add({ client: `${'x'.repeat(128)}b` });
    expect(samplesOf(meter.render())).toEqual([`a_total{client="${'x'.repeat(128)}"} 2`]);
  });
});

describe('histograms', () => {
  it('cumulates buckets that start below a millisecond', () => {
    const meter = createMeter();
    const seconds = meter.histogram('d_seconds', 'D.');
    for (const value of [0.00005, 0.0003, 0.0003, 1, 1000]) seconds.observe({ kind: 'tool' }, value);
    seconds.observe({ kind: 'tool' }, Number.NaN);
    const samples = samplesOf(meter.render());
    expect(samples).toContain('d_seconds_bucket{kind="tool",le="0.0001"} 1');
    expect(samples).toContain('d_seconds_bucket{kind="tool",le="0.0005"} 3');
    expect(samples).toContain('d_seconds_bucket{kind="tool",le="1"} 4');
    expect(samples).toContain('d_seconds_bucket{kind="tool",le="300"} 4');
    expect(samples).toContain('d_seconds_bucket{kind="tool",le="+Inf"} 5');
    expect(samples).toContain('d_seconds_count{kind="tool"} 5');
    expect(samples.find((line) => line.startsWith('d_seconds_sum'))).toMatch(/ 1001\.00065/);
    expect(samples).toHaveLength(BUCKETS.length + 3);
  });
});

describe('gauges', () => {
  it('reads at scrape time, and one that fails is NaN', () => {
    const meter = createMeter();
    let value = 1;
    meter.gauge('g', 'G.', () => value);
    meter.gauge('broken', 'B.', () => {
      throw new Error('no');
    });
    value = 7;
    expect(meter.render()).toContain('\ng 7\n');
    expect(meter.render()).toContain('\nbroken NaN\n');
  });

  it('knows the process', () => {
    const meter = createMeter();
    registerProcessMetrics(meter, '0.1.0');
    const text = meter.render();
    expect(text).toContain('# TYPE process_cpu_seconds_total counter');
    expect(text).toMatch(/switchyard_build_info\{version="0\.1\.0",node="v\d+/);
    expect(Number(/process_resident_memory_bytes (\d+)/.exec(text)?.[1])).toBeGreaterThan(1e6);
  });
});

describe('text format', () => {
  it('stays well-formed for every label value', () => {
    const sample =
      /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*")*\})? (?:\d+(?:\.\d+)?(?:e[+-]\d+)?|NaN|[+-]Inf)$/;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 20 }), (values) => {
        const meter = createMeter();
        const counter = meter.counter('a_total', 'Line one\nline \\ two');
        const histogram = meter.histogram('b_seconds', '');
        for (const value of values) {
          counter.add({ 'client name': value });
          histogram.observe({ value }, 0.1);
        }
        for (const line of meter.render().slice(0, -1).split('\n')) if (!line.startsWith('#')) expect(line).toMatch(sample);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
