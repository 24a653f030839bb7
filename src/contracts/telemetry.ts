/** @module contracts/telemetry: logs and numbers. */
import type { Spend } from './spend.ts';

/** Facts of a log line. Never secrets, never tool arguments. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log, one JSON object a line, on stderr. */
export interface Logger {
  readonly isDebug: boolean;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A monotonic count per combination of labels. */
export interface Counter {
  add(labels: Readonly<Record<string, string>>, amount?: number): void;
}

/** Observations in seconds, in fixed buckets, per combination of labels. */
export interface Histogram {
  observe(labels: Readonly<Record<string, string>>, seconds: number): void;
}

/** Registers metrics; the same name returns the same metric. Label sets are bounded: past 1 000 they fall into one marked `other`. */
export interface Meter {
  counter(name: string, help: string): Counter;
  histogram(name: string, help: string): Histogram;
  /** Read at scrape time. */
  gauge(name: string, help: string, read: () => number): void;
}

/** What the pipeline tells about each finished call (status page, metrics). */
export interface CallReport {
  readonly callId: string;
  readonly parentId: string | undefined;
  readonly at: number;
  readonly durationMs: number;
  readonly door: string;
  readonly principalId: string;
  readonly clientName: string | null;
  readonly target: string;
  readonly outcome: string;
  readonly rule: string;
  readonly correlationId: string;
  /** What its target told; null = nothing, also where child calls were paid for. */
  readonly spend: Spend | null;
}

/** The last finished calls (bounded), for the status page. */
export interface CallJournal {
  /** Never throws, never waits: it stands in the way of every answer. */
  record(report: CallReport): void;
  /** Newest first. */
  recent(limit: number): readonly CallReport[];
  /** Calls back at each record. Returns the way to stop listening. */
  subscribe(listener: () => void): () => void;
}
