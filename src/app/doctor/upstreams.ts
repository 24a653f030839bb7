/** @module app/doctor/upstreams: whether other MCP servers start and answer. */
import type { Config } from '../../contracts/config.ts';
import type { HomePaths } from '../../contracts/home.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { systemClock } from '../../core/clock.ts';
import { toAppError } from '../../core/errors.ts';
import { Scope } from '../../core/scope.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { Upstream } from '../../upstreams/upstream.ts';
import type { Foundation } from '../foundation.ts';
import { failure, fine, type Finding } from './finding.ts';

/** The longest that one server is waited for. */
const PATIENCE_MS = 20_000;
/** Instead of the advice to run what is running. */
const CHECK_ENTRY = 'Check its entry under upstreams: the program, its arguments and folder, or the URL and the network.';
const SILENT: Logger = { isDebug: false, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Connects to each configured upstream, all at once, and ends it again. A failure shows the last lines that the server wrote. */
export async function examineUpstreams(
  loaded: LoadedConfig,
  home: HomePaths,
  env: NodeJS.ProcessEnv | Readonly<Record<string, string | undefined>>,
  secrets: Foundation['secrets'],
): Promise<readonly Finding[]> {
  const { upstreams: config, workspace } = loaded.config;
  const names = Object.keys(config).filter((name) => config[name]?.isEnabled);
  if (names.length === 0) return [];
  const [{ createUpstreams }, { upstreamPorts }] = await Promise.all([import('../../upstreams/upstreams.ts'), import('../upstream-ports.ts')]);
  const ports = upstreamPorts(
    { clock: systemClock, logger: SILENT, home, loaded, secrets },
    {
      env,
      workspace: workspace.root ?? home.workspace,
      policy: () => ({ isVisible: () => true, decide: () => ({ isAllowed: true, rule: 'doctor', reason: '' }), scopesOf: () => [] }),
    },
  );
  const upstreams = createUpstreams(withPatience(config), ports, { isPassive: true });
  try {
    return await Promise.all(names.map(async (name) => await examineOne(name, upstreams.find(name))));
  } finally {
    await upstreams.close();
  }
}

async function examineOne(name: string, upstream: Upstream | undefined): Promise<Finding> {
  const id = `upstreams.${name}`;
  if (!upstream) return failure(id, `The upstream ${name} is not there.`, 'Run doctor again.');
  using scope = new Scope({ timeoutMs: PATIENCE_MS });
  try {
    const { facts } = await upstream.connect(scope);
    const { serverInfo, protocolVersion } = facts;
    return fine(
      id,
      `The upstream ${name} answers: ${serverInfo.name} ${serverInfo.version}, revision ${protocolVersion}, ${upstream.catalogue.tools.length} tools.`,
    );
  } catch (thrown) {
    const { code, message, fix } = toAppError(thrown, 'UPSTREAM_UNREACHABLE');
    const said = upstream.stderr.trim();
    return failure(
      id,
      `The upstream ${name} does not work. ${code}: ${message}${said === '' ? '' : ` It wrote: ${said}`}`,
      /`switchyard doctor`/.test(fix) ? CHECK_ENTRY : fix,
    );
  }
}

function withPatience(config: Config['upstreams']): Config['upstreams'] {
  return Object.fromEntries(Object.entries(config).map(([name, upstream]) => [name, { ...upstream, timeoutMs: Math.min(upstream.timeoutMs, PATIENCE_MS) }]));
}
