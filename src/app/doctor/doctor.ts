/** @module app/doctor: looks at everything a gateway needs, and says what is wrong with the fix. */
import { existsSync } from 'node:fs';
import { DEFAULT_CONFIG } from '../../config/defaults.ts';
import { homePaths, resolveHome } from '../../config/home.ts';
import { howToSet, secretNameOf } from '../../config/interpolate.ts';
import { loadConfig, type LoadedConfig } from '../../config/load.ts';
import { formatPlace, problemsOf, type ConfigProblem } from '../../config/problem.ts';
import type { HomePaths } from '../../contracts/home.ts';
import { toAppError } from '../../core/errors.ts';
import { secretLookup, secretsOf } from '../secrets.ts';
import { findServing } from '../serving.ts';
import { auditFolders } from '../tasks/audit-trail.ts';
import type { TaskPlace } from '../tasks/task.ts';
import { examineClients } from './clients.ts';
import { examined, failure, fine, warning, type Finding } from './finding.ts';
import { examineLeftovers, examinePermissions } from './home.ts';
import { examineClock, examineNode } from './machine.ts';
import { examineModels } from './models.ts';
import { examinePort } from './port.ts';
import { examineRoad } from './road.ts';
import { examineSecrets } from './secrets.ts';
import { examineUpstreams } from './upstreams.ts';
import { examineAudit, examineGateway, examineKillSwitch, examineStorage, examineWorkspace } from './state.ts';

export type { Finding } from './finding.ts';
export { failure, fine } from './finding.ts';

/** How to look. */
export interface Examination {
  /** Repairs what is safe to repair: permissions of our own files, what dead processes left. */
  readonly isFixing: boolean;
}

/**
 * Every finding, in the order in which one would mend them. Changes nothing without `isFixing`, but
 * makes real calls, which are recorded like all others. Never throws for what it finds.
 */
export async function examine(place: TaskPlace, { isFixing }: Examination): Promise<readonly Finding[]> {
  const { env = process.env, cwd = process.cwd() } = place;
  const home = homePaths(resolveHome(place.home === undefined ? env : { ...env, SWITCHYARD_HOME: place.home }));
  const findings: Finding[] = [examineNode(process.versions.node)];
  const look = async (id: string, check: () => Promise<readonly Finding[] | Finding> | Finding): Promise<void> => {
    findings.push(...(await examined(id, async () => [await check()].flat())));
  };
  // First what may be repaired: the rest then finds it so.
  await look('home.permissions', () => examinePermissions(home, isFixing));
  await look('home.leftovers', () => examineLeftovers(home, isFixing));
  const secrets = secretsOf(home.root, env);
  const loaded = await loadConfig({ file: place.configFile, cwd, home: home.root, env, secrets: secretLookup(secrets) }).catch((thrown: unknown) =>
    toAppError(thrown),
  );
  const configuration = 'config' in loaded ? loaded : undefined;
  findings.push(...('config' in loaded ? describeWarnings(loaded) : describeProblems(problemsOf(loaded), `${loaded.code}: ${loaded.message}`, loaded.fix)));
  const serving = await findServing(home);
  await look('gateway', () => examineGateway(home, serving));
  await look('storage', () => examineStorage(home, configuration?.config.storage ?? DEFAULT_CONFIG.storage));
  await look('secrets', () => examineSecrets(secrets));
  await look('kill-switch', () => examineKillSwitch(home));
  if (configuration) await examineConfigured({ place, home, loaded: configuration, look });
  else
    findings.push(
      warning(
        'skipped',
        'Port, audit trail, workspace and tools were not looked at, because the configuration cannot be read.',
        'Mend the configuration first, then run doctor again.',
      ),
    );
  await look('clock', () => examineClock(configuration && auditFolders(configuration.config, home).directories[0]));
  await look('clients', () => examineClients(cwd, serving));
  return findings;
}

interface Configured {
  readonly place: TaskPlace;
  readonly home: HomePaths;
  readonly loaded: LoadedConfig;
  readonly look: (id: string, check: () => Promise<readonly Finding[] | Finding>) => Promise<void>;
}

async function examineConfigured({ place, home, loaded, look }: Configured): Promise<void> {
  const { config } = loaded;
  await look('port', async () => examinePort(config.server, await findServing(home)));
  await look('cluster', async () => (await import('./cluster.ts')).examineCluster(config));
  await look('audit', () => examineAudit(config, home));
  await look('workspace', () => examineWorkspace(config, home));
  await look('models', () => examineModels(config.models));
  await look('pins', async () => (await import('./pins.ts')).examinePins(loaded, home));
  await look('sandbox', async () => (await import('./sandbox.ts')).examineSandbox(loaded, home));
  await look('approvals', async () => (await import('./pins.ts')).examineHeldCalls(loaded, home));
  await look('upstreams', () => examineUpstreams(loaded, home, place.env ?? process.env, secretsOf(home.root, place.env ?? process.env)));
  await look('road', () => examineRoad(place, existsSync(home.root)));
}

function describeWarnings({ file, warnings, missingCredentials }: LoadedConfig): readonly Finding[] {
  const id = 'configuration';
  return [
    fine(id, file === null ? 'Valid: the defaults, without a file.' : `Valid: ${file}.`),
    ...warnings.map((problem) => warning(id, `${formatPlace(problem)}: ${problem.message}`, problem.fix)),
    ...missingCredentials.map(({ pointer, variable }) =>
      warning(
        id,
        `${pointer.slice(1).replaceAll('/', '.')} has no value: ${secretNameOf(variable) === undefined ? `the variable ${variable}` : `the secret ${secretNameOf(variable)}`} is not set.`,
        `${howToSet(variable)}, or take the key out.`,
      ),
    ),
  ];
}

function describeProblems(problems: readonly ConfigProblem[], message: string, fix: string): readonly Finding[] {
  if (problems.length === 0) return [failure('configuration', message, fix)];
  return problems.map((problem) => failure('configuration', `${formatPlace(problem)}: ${problem.message}`, problem.fix));
}
