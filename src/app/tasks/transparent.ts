/** @module app/tasks/transparent: which entries of a client can lead through the gateway under the names they have. */
import { readImported } from '../../clients/import-record.ts';
import { locateConfig } from '../../clients/locations.ts';
import type { ClientPlace, ConnectRequest } from '../../clients/types.ts';
import type { TransparentServer } from '../../clients/transparent.ts';
import type { UpstreamsConfig } from '../../contracts/upstreams-config.ts';
import { AppError } from '../../core/errors.ts';

export { applyTransparent, prepareTransparent } from '../../clients/transparent.ts';
export { applyRestore, prepareRestore } from '../../clients/transparent-restore.ts';

/** What can be connected, and a sentence for each entry that cannot. */
export interface TransparentServers {
  readonly servers: readonly TransparentServer[];
  readonly notes: readonly string[];
}

/**
 * The entries of this file of the client that were imported and whose upstream is still there.
 *
 * @param requestOf how the client reaches the profile of an upstream
 * @throws AppError USAGE when nothing of this file was imported
 */
export function transparentServers(
  place: ClientPlace,
  stateDirectory: string,
  upstreams: UpstreamsConfig,
  requestOf: (upstream: string) => ConnectRequest,
): TransparentServers {
  const path = locateConfig(place);
  const imported = readImported(stateDirectory).filter((entry) => entry.client === place.client && entry.path === path);
  const notes: string[] = [];
  const servers = imported.flatMap(({ name, scope, upstream }): TransparentServer[] => {
    if (scope !== place.scope) {
      notes.push(`${name} stands in the part of the file for one project, which is not written: its entry stays as it is.`);
      return [];
    }
    if (upstreams[upstream]?.isEnabled !== true) {
      notes.push(`${name} became the upstream ${upstream}, which is not in the configuration, or is disabled: its entry stays as it is.`);
      return [];
    }
    return [{ name, upstream, request: requestOf(upstream) }];
  });
  if (servers.length === 0) {
    throw new AppError('USAGE', {
      message: [`No server of ${path} was imported.`, ...notes].join(' '),
      fix: 'Run `switchyard import` first, or name the file that was imported with --scope; `switchyard connect` alone adds one entry for everything.',
    });
  }
  return { servers, notes };
}
