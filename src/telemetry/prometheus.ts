/** @module telemetry/prometheus: the text format that Prometheus scrapes. */
import type { Labels, Series } from './series.ts';

/** A metric that counts. */
export interface CounterFamily {
  readonly type: 'counter';
  readonly name: string;
  readonly help: string;
  readonly series: Series<{ value: number }>;
}

/** A metric that sorts observations into buckets. `counts` is not cumulated; its last number is what lies above all bounds. */
export interface HistogramFamily {
  readonly type: 'histogram';
  readonly name: string;
  readonly help: string;
  readonly series: Series<{ readonly counts: Float64Array; sum: number }>;
}

/** A metric that is read when somebody asks. `observed` = a counter kept elsewhere. */
export interface ReadFamily {
  readonly type: 'gauge' | 'observed';
  readonly name: string;
  readonly help: string;
  readonly labels?: Labels;
  readonly read: () => number;
}

/** One metric with everything it has counted. */
export type Family = CounterFamily | HistogramFamily | ReadFamily;

/**
 * HELP, TYPE and samples of one metric. A gauge whose reading fails is NaN: one broken reader must
 * not hide the rest.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function renderFamily(family: Family, buckets: readonly number[]): string {
  const { name } = family;
  const type = family.type === 'observed' ? 'counter' : family.type;
  const head = `# HELP ${name} ${escapeHelp(family.help)}\n# TYPE ${name} ${type}\n`;
  switch (family.type) {
    case 'counter': {
      const { names, children } = family.series.entries();
      return head + children.map(({ values, child }) => `${name}${labelText(names, values)} ${formatNumber(child.value)}\n`).join('');
    }
    case 'histogram': {
      const { names, children } = family.series.entries();
      return head + children.map(({ values, child }) => renderHistogram(name, names, values, child, buckets)).join('');
    }
    default: {
      const labels = family.labels ?? {};
      return `${head}${name}${labelText(Object.keys(labels), Object.values(labels))} ${formatNumber(readSafely(family.read))}\n`;
    }
  }
}

function renderHistogram(
  name: string,
  names: readonly string[],
  values: readonly string[],
  child: { readonly counts: Float64Array; readonly sum: number },
  buckets: readonly number[],
): string {
  let text = '';
  let cumulated = 0;
  child.counts.forEach((count, index) => {
    cumulated += count;
    const bound = buckets[index];
    text += `${name}_bucket${labelText([...names, 'le'], [...values, bound === undefined ? '+Inf' : String(bound)])} ${cumulated}\n`;
  });
  const labels = labelText(names, values);
  return `${text}${name}_sum${labels} ${formatNumber(child.sum)}\n${name}_count${labels} ${cumulated}\n`;
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  return `{${names.map((name, index) => `${name.replace(/[^a-zA-Z0-9_]/g, '_')}="${escapeValue(values[index] ?? '')}"`).join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function readSafely(read: () => number): number {
  try {
    return read();
  } catch {
    return Number.NaN;
  }
}
