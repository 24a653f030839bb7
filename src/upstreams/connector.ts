/** @module upstreams/connector: from the configuration of an upstream to the way to it. */
import type { UpstreamConnector, UpstreamFacts } from '../contracts/upstream.ts';
import type { UpstreamConfig } from '../contracts/upstreams-config.ts';
import { authorizedEgress } from './auth/authorized-egress.ts';
import { Authorizer } from './auth/authorizer.ts';
import { createHttpConnector } from './connection/http/http-connector.ts';
import { createSseConnector } from './connection/http/sse-connector.ts';
import { scrubbedEnvironment } from './connection/stdio/environment.ts';
import { createStdioConnector } from './connection/stdio/stdio-connector.ts';
import type { UpstreamPorts } from './ports.ts';

/** Connects nothing yet. @param hint era of an earlier connection */
export function createConnector(name: string, config: UpstreamConfig, ports: UpstreamPorts, hint: UpstreamFacts['era'] | undefined): UpstreamConnector {
  const { maxMessageBytes } = ports;
  if (config.transport === 'stdio') {
    const { command, args, env, cwd } = config;
    return createStdioConnector({ command, args, env: scrubbedEnvironment(ports.env, env), cwd: cwd ?? ports.workspace, maxMessageBytes }, hint);
  }
  const { url, headers } = config;
  const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const plain = ports.createEgress([url]);
  const { credentials } = ports;
  // A header that the operator wrote is the credential: no other one is looked for.
  const isStatic = credentials === undefined || lowered['authorization'] !== undefined;
  const egress = isStatic ? plain : authorizedEgress(plain, new Authorizer(name, config, ports, credentials));
  const server = { url, headers: lowered, egress, maxMessageBytes, isPerCaller: !isStatic && config.auth.subject === 'caller' };
  return config.transport === 'sse' ? createSseConnector(server) : createHttpConnector(server, hint);
}
