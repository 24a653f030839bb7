/** @module app/upstream-ports: what upstreams are made with. Loaded with the first of them. */
import { createEgress } from '../egress/dialer.ts';
import { compileSchema } from '../schema/compile.ts';
import type { UpstreamPorts } from '../upstreams/ports.ts';
import { serverSandbox } from './server-sandbox.ts';
import type { Foundation } from './foundation.ts';
import { memoryFolderOf } from './upstream-memory.ts';
import type { UpstreamJudges } from './upstreams.ts';

/** Also for an examination without a gateway. */
export function upstreamPorts(
  { clock, logger, home, loaded, secrets }: Pick<Foundation, 'clock' | 'logger' | 'home' | 'loaded' | 'secrets'>,
  { env, workspace, policy }: Omit<UpstreamJudges, 'config'>,
): UpstreamPorts {
  return {
    clock,
    logger,
    env,
    workspace,
    folder: memoryFolderOf(home),
    maxMessageBytes: loaded.config.limits.maxResponseBytes,
    sandbox: serverSandbox(loaded.config.sandbox, home.root),
    compile: compileSchema,
    isVisible: (principal, target) => policy().isVisible(principal, target),
    credentials: async () => (await secrets()).credentials,
    createEgress: (urls, ledBy) => createEgress(urls, { ledBy }),
    parseYaml: async (text) => (await import('../config/plain-yaml.ts')).parsePlainYaml(text),
  };
}
