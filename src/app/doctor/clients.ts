/** @module app/doctor/clients: mistakes in the configuration files of clients. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, isAbsolute } from 'node:path';
import { factsOf, locateConfig } from '../../clients/locations.ts';
import { readServers } from '../../clients/read-servers.ts';
import { CLIENT_IDS, type ClientPlace, type ClientScope, type ClientServer } from '../../clients/types.ts';
import { toAppError } from '../../core/errors.ts';
import type { Serving } from '../serving.ts';
import { failure, fine, warning, type Finding } from './finding.ts';

const SCOPES: readonly ClientScope[] = ['user', 'project'];
/** They resolve the package anew at every start: seconds, a network, and on Windows a file that many clients cannot start. */
const PACKAGE_RUNNERS = /^(?:npx|npm|pnpm|pnpx|yarn|bunx)(?:\.cmd)?$/;

/** Every file of every known client, of this user and of the folder. Only entries that are ours are judged. */
export async function examineClients(cwd: string, serving: Serving | undefined): Promise<readonly Finding[]> {
  const { platform } = process;
  const base = {
    homeDirectory: homedir(),
    projectDirectory: cwd,
    platform: platform === 'win32' || platform === 'darwin' ? platform : 'linux',
    environment: process.env,
  } as const;
  const places = CLIENT_IDS.flatMap((client) =>
    SCOPES.filter((scope) => scope === 'user' || factsOf(client).projectFile !== undefined).map((scope): ClientPlace => ({ ...base, client, scope })),
  );
  // In the home folder a client's two scopes can be one file.
  const distinct = places.filter((place, index) => places.findIndex((other) => locateConfig(other) === locateConfig(place)) === index);
  const findings = (await Promise.all(distinct.map((place) => examineFile(place, serving)))).flat();
  return findings.length === 0 ? [fine('clients', 'No client is connected yet: `switchyard connect <client>` does it.')] : findings;
}

async function examineFile(place: ClientPlace, serving: Serving | undefined): Promise<readonly Finding[]> {
  const id = `client.${place.client}.${place.scope}`;
  const path = locateConfig(place);
  try {
    return (await readServers(place)).filter(isOurs).map((server) => judge(id, path, server, place, serving));
  } catch (thrown) {
    const { message, fix } = toAppError(thrown);
    return [warning(id, message, fix)];
  }
}

function isOurs({ name, command, args }: ClientServer): boolean {
  return name === 'switchyard' || [command ?? '', ...args].some((word) => word.includes('switchyard'));
}

function judge(id: string, path: string, server: ClientServer, { client, scope }: ClientPlace, serving: Serving | undefined): Finding {
  const where = `${path}, entry "${server.name}"`;
  const again = `Run \`switchyard connect ${client}${scope === 'project' ? ' --scope project' : ''}\`: it writes absolute paths.`;
  if (server.isDisabled) return warning(id, `${where}: is disabled.`, `Enable it in ${factsOf(client).title}.`);
  if (server.transport !== 'stdio') return judgeUrl(id, where, server.url, serving);
  const { command = '', args } = server;
  if (PACKAGE_RUNNERS.test(basename(command)))
    return warning(id, `${where}: starts by ${basename(command)}, which resolves the package at every start: slow, and without a network not at all.`, again);
  if (isAbsolute(command) && !existsSync(command)) return failure(id, `${where}: ${command} does not exist.`, again);
  const script = args.find((word) => isAbsolute(word) && /\.[cm]?[jt]s$/.test(word));
  if (script !== undefined && !existsSync(script)) return failure(id, `${where}: ${script} does not exist.`, again);
  if (!isAbsolute(command)) return warning(id, `${where}: "${command}" is looked for on the PATH, which desktop programs often do not have.`, again);
  return fine(id, `${where}: starts ${script ?? command}.`);
}

function judgeUrl(id: string, where: string, url: string | undefined, serving: Serving | undefined): Finding {
  if (url === undefined || !URL.canParse(url))
    return failure(id, `${where}: ${url ?? 'nothing'} is no address.`, 'Write the address that `switchyard serve` prints.');
  const { pathname, origin, hostname } = new URL(url);
  if (pathname !== '/mcp') return failure(id, `${where}: ${url} does not end in /mcp.`, `Write ${origin}/mcp.`);
  const isHere = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (isHere && !serving) return warning(id, `${where}: leads to ${origin}, and no gateway of this home is running.`, 'Start it with `switchyard serve`.');
  if (isHere && serving && new URL(serving.url).port !== new URL(url).port)
    return warning(id, `${where}: leads to ${origin}, but the gateway of this home listens at ${serving.url}.`, `Write ${serving.url}/mcp.`);
  return fine(id, `${where}: leads to ${url}.`);
}
