/** @module telemetry/process-metrics: what the process itself uses, under the names dashboards know. */
import { performance } from 'node:perf_hooks';
import type { MeterRegistry } from './meter.ts';

/** Registers processor time, memory, event loop use and start time; all are read at scrape time only. */
export function registerProcessMetrics(meter: MeterRegistry, version: string): void {
  meter.observedCounter('process_cpu_seconds_total', 'Processor seconds used, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  meter.gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  meter.gauge('process_start_time_seconds', 'Start of the process, seconds since the epoch.', () => Math.round(performance.timeOrigin) / 1000);
  meter.gauge('nodejs_heap_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed);
  let since = performance.eventLoopUtilization();
  meter.gauge('nodejs_eventloop_utilization_ratio', 'Share of time the event loop was busy since the last scrape, 0 to 1.', () => {
    const used = performance.eventLoopUtilization(since).utilization;
    since = performance.eventLoopUtilization();
    return used;
  });
  meter.info('switchyard_build_info', 'Running version.', { version, node: process.version });
}
