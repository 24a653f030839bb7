/** @module telemetry/meter: counters, histograms and gauges in memory, read out as Prometheus text. */
import { AppError } from '../core/errors.ts';
import type { Counter, Histogram, Meter } from '../contracts/telemetry.ts';
import { renderFamily, type CounterFamily, type Family, type HistogramFamily, type ReadFamily } from './prometheus.ts';
import { Series, type Labels } from './series.ts';

/**
 * Upper bounds in seconds. The first ones are for calls answered from memory, the last for models.
 * Fixed, so that nodes can be added up.
 */
export const BUCKETS: readonly number[] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** A meter that can be read. */
export interface MeterRegistry extends Meter {
  /** A counter that is kept elsewhere and read at scrape time; it must never go back. */
  observedCounter(name: string, help: string, read: () => number): void;
  /** A gauge that is always 1 and carries facts in its labels, such as the version. */
  info(name: string, help: string, labels: Labels): void;
  /** Everything in the Prometheus text format 0.0.4, in the order of registration. */
  render(): string;
}

/**
 * An empty registry. `add` and `observe` cost a few map look-ups and no allocation once a label set
 * has been seen.
 *
 * @throws AppError DEFINITION_INVALID for a malformed name, DUPLICATE_NAME for one name with two types
 */
export function createMeter(): MeterRegistry {
  const families = new Map<string, Family>();

  const register = <Member extends Family>(family: Member): Member => {
    if (!NAME.test(family.name)) throw new AppError('DEFINITION_INVALID', { message: `Not a metric name: ${family.name}` });
    const known = families.get(family.name);
    if (known && known.type !== family.type) throw new AppError('DUPLICATE_NAME', { message: `The metric ${family.name} is a ${known.type} already.` });
    if (known) return known as Member;
    families.set(family.name, family);
    return family;
  };

  return {
    counter: (name, help) => toCounter(register<CounterFamily>({ type: 'counter', name, help, series: new Series(() => ({ value: 0 })) })),
    histogram: (name, help) =>
      toHistogram(
        register<HistogramFamily>({
          type: 'histogram',
          name,
          help,
          series: new Series(() => ({ counts: new Float64Array(BUCKETS.length + 1), sum: 0 })),
        }),
      ),
    gauge(name, help, read) {
      register<ReadFamily>({ type: 'gauge', name, help, read });
    },
    observedCounter(name, help, read) {
      register<ReadFamily>({ type: 'observed', name, help, read });
    },
    info(name, help, labels) {
      register<ReadFamily>({ type: 'gauge', name, help, labels, read: () => 1 });
    },
    render: () => [...families.values()].map((family) => renderFamily(family, BUCKETS)).join(''),
  };
}

function toCounter({ series }: CounterFamily): Counter {
  return {
    add(labels, amount = 1) {
      // A counter that went back would look like a restart.
      if (amount > 0) series.child(labels).value += amount;
    },
  };
}

function toHistogram({ series }: HistogramFamily): Histogram {
  return {
    observe(labels, seconds) {
      if (Number.isNaN(seconds)) return;
      const child = series.child(labels);
      child.sum += seconds;
      let index = 0;
      // Most calls fall into the first buckets: a scan beats a binary search.
      while (index < BUCKETS.length && seconds > (BUCKETS[index] ?? Infinity)) index += 1;
      child.counts[index] = (child.counts[index] ?? 0) + 1;
    },
  };
}
