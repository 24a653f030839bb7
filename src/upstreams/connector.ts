/** @module upstreams/connector: from the configuration of an upstream to the way to it. */
import type { Egress } from '../contracts/egress.ts';
import type { SandboxedProgram } from '../contracts/sandbox.ts';
import type { SandboxGrants } from '../contracts/sandbox-config.ts';
import type { UpstreamConnector, UpstreamFacts } from '../contracts/upstream.ts';
import type { StdioUpstream, UpstreamConfig } from '../contracts/upstreams-config.ts';
import { AppError } from '../core/errors.ts';
import { authorizedEgress } from './auth/authorized-egress.ts';
import { Authorizer } from './auth/authorizer.ts';
import { createA2aConnector } from './adapters/a2a/a2a-connector.ts';
import { createOpenApiConnector } from './adapters/openapi/openapi-connector.ts';
import { createRestConnector } from './adapters/rest-connector.ts';
import { createHttpConnector } from './connection/http/http-connector.ts';
import type { HttpServer } from './connection/http/http-wire.ts';
import { createSseConnector } from './connection/http/sse-connector.ts';
import type { Program } from './connection/stdio/child.ts';
import { scrubbedEnvironment } from './connection/stdio/environment.ts';
import { createStdioConnector } from './connection/stdio/stdio-connector.ts';
import type { UpstreamPorts } from './ports.ts';

/** Connects nothing yet. @param hint era of an earlier connection */
export function createConnector(name: string, config: UpstreamConfig, ports: UpstreamPorts, hint: UpstreamFacts['era'] | undefined): UpstreamConnector {
  const { maxMessageBytes } = ports;
  if (config.transport === 'stdio') {
    const { command, args, env, cwd, sandbox } = config;
    const program = { command, args, env: scrubbedEnvironment(ports.env, env), cwd: cwd ?? ports.workspace };
    const wrap = sandbox === null ? undefined : (): Promise<SandboxedProgram> => fenced({ ...program, name }, sandbox, ports);
    return createStdioConnector({ ...program, maxMessageBytes, wrap }, hint);
  }
  const { url } = config;
  const headers = Object.fromEntries(Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const plain = ports.createEgress(config.transport === 'openapi' && /^https?:/.test(config.document) ? [url, config.document] : [url]);
  const { credentials } = ports;
  // A header that the operator wrote is the credential: no other one is looked for.
  if (credentials === undefined || headers['authorization'] !== undefined) {
    return connectorTo(config, { url, headers, egress: plain, maxMessageBytes, plain }, ports, hint);
  }
  const authorizer = new Authorizer(name, config, ports, credentials);
  const isPerCaller = config.auth.subject === 'caller';
  const connector = connectorTo(config, { url, headers, egress: authorizedEgress(plain, authorizer), maxMessageBytes, isPerCaller, plain }, ports, hint);
  return {
    connect: (...given) => connector.connect(...given),
    close: () => connector.close(),
    signedIn: (scope) => authorizer.signedIn(scope),
    get stderr() {
      return connector.stderr;
    },
  };
}

/** Never a plain process where a sandbox is asked for. */
async function fenced(program: Program & { readonly name: string }, grants: SandboxGrants, { sandbox }: UpstreamPorts): Promise<SandboxedProgram> {
  if (!sandbox) throw new AppError('SANDBOX_UNAVAILABLE');
  return await sandbox(program, grants);
}

/** @param server `plain` is the way without a credential, for documents that lie elsewhere */
function connectorTo(
  config: Exclude<UpstreamConfig, StdioUpstream>,
  server: HttpServer & { readonly plain: Egress },
  { parseYaml, logger }: UpstreamPorts,
  hint: UpstreamFacts['era'] | undefined,
): UpstreamConnector {
  const { url, headers, egress, maxMessageBytes, plain } = server;
  switch (config.transport) {
    case 'sse':
      return createSseConnector(server);
    case 'http':
      return createHttpConnector(server, hint);
    case 'openapi': {
      const { document } = config;
      return createOpenApiConnector({ baseUrl: url, document, headers, egress, documentEgress: plain, maxMessageBytes, parseYaml, logger });
    }
    case 'rest':
      return createRestConnector({ baseUrl: url, endpoints: config.endpoints, headers, egress, maxMessageBytes });
    case 'a2a':
      return createA2aConnector({ url, headers, egress, maxMessageBytes });
  }
}
