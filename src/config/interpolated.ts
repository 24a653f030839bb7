/** @module config/interpolated: which values of a configuration came from variables. */

/** By configuration, so that whoever shows one cannot forget to pass its list along. */
const POINTERS = new WeakMap<object, readonly string[]>();

/** Remembers the pointers for as long as the configuration lives. */
export function rememberInterpolated(config: object, pointers: readonly string[]): void {
  if (pointers.length > 0) POINTERS.set(config, pointers);
}

/** The pointers of a loaded configuration; empty for every other value. */
export function interpolatedOf(value: unknown): readonly string[] {
  return (typeof value === 'object' && value !== null ? POINTERS.get(value) : undefined) ?? [];
}
