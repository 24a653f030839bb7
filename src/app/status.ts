/** @module app/status: what the platform says about itself, asked at that moment. */
import type { ClientDirectory } from '../contracts/principal.ts';
import type { Limits } from '../contracts/limits.ts';
import type { ComponentStatus, PlatformReport, PlatformStatus } from '../contracts/status.ts';
import { VERSION } from '../core/version.ts';

/** Where the report looks. */
export interface StatusPorts {
  readonly environment: () => string;
  readonly doors: () => readonly ComponentStatus[];
  readonly clients: ClientDirectory;
  readonly limits: () => Pick<Limits, 'load'>;
  readonly providers: () => readonly ComponentStatus[];
  readonly upstreams: () => readonly ComponentStatus[];
  readonly sandbox: () => Promise<PlatformReport['sandbox']>;
  readonly cluster: () => readonly ComponentStatus[];
  readonly totals: () => { readonly total: number; readonly failed: number };
}

const CLIENTS_SHOWN = 50;

/** Reports what is there. What a later part of the product brings is reported as absent, not as working. */
export function createPlatformStatus({ environment, doors, clients, limits, providers, upstreams, sandbox, cluster, totals }: StatusPorts): PlatformStatus {
  return {
    async report(): Promise<PlatformReport> {
      return {
        version: VERSION,
        uptimeSeconds: Math.round(process.uptime()),
        environment: { node: process.version, platform: `${process.platform} ${process.arch}`, mode: environment() },
        doors: doors(),
        runtimes: [{ name: 'main', state: 'up' }],
        sandbox: await sandbox(),
        providers: providers(),
        upstreams: upstreams(),
        cluster: cluster(),
        clients: clients
          .list()
          .slice(0, CLIENTS_SHOWN)
          .map(({ name, version, door, protocolVersion, requestCount }) => ({ name, version, door, protocolVersion, requests: requestCount })),
        calls: { ...totals(), ...limits().load() },
      };
    },
  };
}
