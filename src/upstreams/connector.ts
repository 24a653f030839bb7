/** @module upstreams/connector: from the configuration of an upstream to the way to it. */
import type { UpstreamConnector, UpstreamFacts } from '../contracts/upstream.ts';
import type { UpstreamConfig } from '../contracts/upstreams-config.ts';
import { createHttpConnector } from './connection/http/http-connector.ts';
import { createSseConnector } from './connection/http/sse-connector.ts';
import { scrubbedEnvironment } from './connection/stdio/environment.ts';
import { createStdioConnector } from './connection/stdio/stdio-connector.ts';
import type { UpstreamPorts } from './ports.ts';

/** Connects nothing yet. @param hint era of an earlier connection */
export function createConnector(config: UpstreamConfig, ports: UpstreamPorts, hint: UpstreamFacts['era'] | undefined): UpstreamConnector {
  const { maxMessageBytes } = ports;
  if (config.transport === 'stdio') {
    const { command, args, env, cwd } = config;
    return createStdioConnector({ command, args, env: scrubbedEnvironment(ports.env, env), cwd: cwd ?? ports.workspace, maxMessageBytes }, hint);
  }
  const { url, headers } = config;
  const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const server = { url, headers: lowered, egress: ports.createEgress([url]), maxMessageBytes };
  return config.transport === 'sse' ? createSseConnector(server) : createHttpConnector(server, hint);
}
