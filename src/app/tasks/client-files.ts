/** @module app/tasks/client-files: the configuration files of clients. Loaded lazily by the commands that need it. */
export { applyPlan, prepareConnect } from '../../clients/connect.ts';
export { applyDisconnect, hasServer, prepareDisconnect } from '../../clients/disconnect.ts';
export { parseClientId } from '../../clients/locations.ts';
export type { ClientPlace, ConnectPlan, ConnectRequest } from '../../clients/types.ts';
