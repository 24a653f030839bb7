/** Requests as the command line makes them. */
import type { ClientId, ConnectRequest } from '../../../src/clients/types.ts';

export function stdioRequest(client: ClientId, more: Partial<ConnectRequest> = {}): ConnectRequest {
  return {
    client,
    scope: 'user',
    transport: 'stdio',
    platform: 'linux',
    homeDirectory: '/home/me',
    projectDirectory: '/srv/app',
    command: { node: '/opt/node/bin/node', script: '/opt/switchyard/bin/switchyard.js', args: ['stdio'] },
    ...more,
  };
}

export function httpRequest(client: ClientId, more: Partial<ConnectRequest> = {}): ConnectRequest {
  return {
    client,
    scope: 'user',
    transport: 'http',
    platform: 'linux',
    homeDirectory: '/home/me',
    projectDirectory: '/srv/app',
    url: 'http://127.0.0.1:8080/mcp',
    headers: { Authorization: 'Bearer ${SWITCHYARD_KEY}' },
    ...more,
  };
}
