/** @module app/server-sandbox: upstream programs in the native sandbox. Loads and tries it with the first of them. */
import type { SandboxConfig } from '../contracts/sandbox-config.ts';
import { AppError } from '../core/errors.ts';
import type { UpstreamPorts } from '../upstreams/ports.ts';

/** Refuses where the level native does not pass its self-test. */
export function serverSandbox(config: SandboxConfig, home: string): NonNullable<UpstreamPorts['sandbox']> {
  let tried: Promise<string> | undefined;
  const find = async (): Promise<string> => {
    const { createNativeDriver, findBwrap } = await import('../sandbox/native/native-driver.ts');
    const driver = createNativeDriver({ config: () => config });
    const found = await driver.probe();
    await driver.close();
    const bwrap = findBwrap();
    if (!found.isUsable || bwrap === undefined) {
      throw new AppError('SANDBOX_UNAVAILABLE', {
        message: `The upstream is not started: ${found.isUsable ? 'there is no bubblewrap.' : found.why}`,
        ...(found.isUsable ? {} : { fix: found.fix }),
      });
    }
    return bwrap;
  };
  return async (program, grants) => {
    tried ??= find();
    tried.catch(() => {
      tried = undefined;
    });
    const [{ fenceServer }, bwrap] = await Promise.all([import('../sandbox/native/server-fence.ts'), tried]);
    return fenceServer(program, grants, home, bwrap);
  };
}
