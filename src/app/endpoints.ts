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
  readonly adminKeyFile: string;
  readonly workspace: string;
}

/** @throws AppError NOT_RUNNING when the listener is closed */
export function endpointsOf({ home }: Foundation, { sessions, admin }: Guards, { edge }: HttpDoors, workspace: string): Endpoints {
  if (!edge.address || !admin) throw new AppError('NOT_RUNNING');
  const { host, port } = edge.address;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { url, statusUrl: `${url}/?token=${sessions.createLink(admin)}`, adminKeyFile: home.adminKey, workspace };
}
