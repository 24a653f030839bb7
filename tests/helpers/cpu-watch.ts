/** How much work something is, whatever else the machine does. */

/** Starts to count; each call of the result gives the processor time of this thread since then, in milliseconds. */
export function startCpuWatch(): () => number {
  const before = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
}
