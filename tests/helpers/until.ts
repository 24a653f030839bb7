/**
 * Waits until the condition holds, asking every 10 ms, and says how long that took, in milliseconds.
 * @param what what is waited for, for whoever reads the failure @throws Error when it does not hold within `ms`
 */
export async function until(condition: () => boolean | Promise<boolean>, what: string, ms = 10_000): Promise<number> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > ms) throw new Error(`did not happen in ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - startedAt;
}
