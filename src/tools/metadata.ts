/** @module tools/metadata: how a tool wants to be run. */
import type { ToolMetadata } from '../contracts/tool.ts';
import { isBoolean, isInteger, isMatching, isNumber, isOneOf, isShape, type Rule, type Rules } from './rules.ts';

/** Where a tool's metadata stands in `_meta` of its definition. */
export const METADATA_KEY = 'switchyard/metadata';

const MAX_TIMEOUT_SECONDS = 86_400;

/** Names that earlier configurations used for a runtime. */
const OLD_NAMES = { fastapi: 'main', trio: 'peer' } as const;

/** Where a tool can run. */
export type Runtime = 'main' | 'peer' | 'cpu' | 'sandbox' | 'auto';

/** Metadata with every default filled in. */
export interface EffectiveMetadata {
  readonly runtime: Runtime;
  /** The old name the author used, when it was one. */
  readonly runtimeWrittenAs?: 'fastapi' | 'trio';
  readonly requiresP2p: boolean;
  readonly category: string;
  readonly priority: number;
  readonly timeoutSeconds: number;
  readonly retryPolicy: 'none' | 'exponential' | 'linear' | 'fixed';
  readonly memoryIntensive: boolean;
  readonly cpuIntensive: boolean;
  readonly ioIntensive: boolean;
  readonly cacheTtl?: number;
  readonly schemaVersion: string;
  readonly deprecated?: boolean | string;
}

const isNotice: Rule = (value) =>
  typeof value === 'boolean' || (typeof value === 'string' && value.length <= 500) ? undefined : 'must be true, false or a text';
const isDuration: Rule = (value) => (value === 0 ? 'must be greater than 0' : isNumber(0, MAX_TIMEOUT_SECONDS)(value));

const RULES: Rules<ToolMetadata> = {
  runtime: isOneOf('main', 'peer', 'cpu', 'sandbox', 'auto', 'fastapi', 'trio'),
  requiresP2p: isBoolean,
  category: isMatching(/^[A-Za-z0-9_.\- ]{1,40}$/, '1 to 40 letters, digits, spaces or _.-'),
  priority: isInteger(0, 10),
  timeoutSeconds: isDuration,
  retryPolicy: isOneOf('none', 'exponential', 'linear', 'fixed'),
  memoryIntensive: isBoolean,
  cpuIntensive: isBoolean,
  ioIntensive: isBoolean,
  cacheTtl: isNumber(0, MAX_TIMEOUT_SECONDS),
  schemaVersion: isMatching(/^[0-9A-Za-z.+-]{1,40}$/, 'a version such as 1.0'),
  deprecated: isNotice,
};

/** Refuses unknown members and values out of range. */
export const isMetadata: Rule = isShape(RULES);

/** The metadata with defaults: runtime auto, category general, priority 5, 30 s, no retries. */
export function completeMetadata(metadata: ToolMetadata = {}): EffectiveMetadata {
  const { runtime = 'auto', cacheTtl, deprecated } = metadata;
  return {
    runtime: runtime === 'fastapi' || runtime === 'trio' ? OLD_NAMES[runtime] : runtime,
    ...(runtime === 'fastapi' || runtime === 'trio' ? { runtimeWrittenAs: runtime } : {}),
    requiresP2p: metadata.requiresP2p ?? false,
    category: metadata.category ?? 'general',
    priority: metadata.priority ?? 5,
    timeoutSeconds: metadata.timeoutSeconds ?? 30,
    retryPolicy: metadata.retryPolicy ?? 'none',
    memoryIntensive: metadata.memoryIntensive ?? false,
    cpuIntensive: metadata.cpuIntensive ?? false,
    ioIntensive: metadata.ioIntensive ?? false,
    ...(cacheTtl === undefined ? {} : { cacheTtl }),
    schemaVersion: metadata.schemaVersion ?? '1.0',
    ...(deprecated === undefined ? {} : { deprecated }),
  };
}
