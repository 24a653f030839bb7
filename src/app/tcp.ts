/** @module app/tcp: opens the framed TCP door. Loaded only where it is configured. */
import type { CallRunner } from '../contracts/call.ts';
import type { McpDoor } from '../doors/mcp/door.ts';
import { createTcpDoor, type TcpDoor } from '../doors/tcp/tcp-door.ts';
import type { Foundation } from './foundation.ts';

/** Starts it. @throws AppError CONFIG_*, PORT_TAKEN, ADDRESS_UNAVAILABLE */
export async function openTcp({ loaded, logger }: Foundation, runner: CallRunner, mcp: McpDoor): Promise<TcpDoor> {
  const { tcp, tls } = loaded.config.server;
  const secure = tls.certFile === null ? undefined : (await import('../doors/tls/secure-tcp.ts')).createSecureTcp(tls, logger);
  const door = createTcpDoor({
    host: tcp.host,
    port: tcp.port,
    secure,
    logger,
    admit: (credential, source, profile) => runner.admit({ door: 'mcp-tcp', source, credential, profile }),
    serve: (streams) => mcp.serveStdio(streams),
    receiveMs: loaded.config.limits.requestTimeoutMs,
  });
  await door.start();
  logger.info('tcp door', { ...door.address, tls: secure !== undefined });
  return door;
}
