/** @module app/endpoints: where a started app is reached. */
import { AppError } from '../core/errors.ts';
import type { Foundation } from './foundation.ts';
import type { Guards } from './guards.ts';
import type { HttpDoors } from './http-doors.ts';

/** Where a started app is reached. */
export interface Endpoints {
  readonly url: string;
  /** Opens the status page once, within ten minutes. */
  readonly statusUrl: string;
  readonly home: string;
  readonly adminKeyFile: string;
  readonly workspace: string;
}

/** Addresses that mean every interface: listened on, but not to be connected to. */
const LOOPBACK_OF: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Base of every route, as this machine reaches it. @throws AppError NOT_RUNNING when the listener is closed */
export function urlOf({ edge }: Pick<HttpDoors, 'edge'>): string {
  if (!edge.address) throw new AppError('NOT_RUNNING');
  const { host: listened, port } = edge.address;
  const host = LOOPBACK_OF[listened] ?? listened;
  return `${edge.scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** @throws AppError NOT_RUNNING when the listener is closed */
export function endpointsOf({ home }: Foundation, { sessions, admin }: Guards, http: HttpDoors, workspace: string): Endpoints {
  const url = urlOf(http);
  if (!admin) throw new AppError('NOT_RUNNING');
  return { url, statusUrl: `${url}/?token=${sessions.createLink(admin)}`, home: home.root, adminKeyFile: home.adminKey, workspace };
}
