/** An HTTP edge on a free port with one mount that says what it saw. */
import { createHttpEdge, type HttpEdge, type HttpEdgeOptions } from '../../src/doors/http/edge.ts';
import type { HttpExchange, HttpMount } from '../../src/contracts/http.ts';
import type { Logger } from '../../src/contracts/telemetry.ts';
import { createMeter, type MeterRegistry } from '../../src/telemetry/meter.ts';

export interface EdgeBench {
  readonly edge: HttpEdge;
  readonly port: number;
  readonly meter: MeterRegistry;
  /** What reached the mounts. */
  readonly seen: { path: string; source: string; isSecure: boolean | undefined }[];
  /** Lines of the log. */
  readonly log: string[];
  stop(): Promise<void>;
}

export function memoryLogger(log: string[]): Logger {
  const write = (level: string) => (message: string, fields?: object) => {
    log.push(`${level} ${message} ${JSON.stringify(fields ?? {}, (_key, value: unknown) => (value instanceof Error ? value.message : value))}`);
  };
  return { isDebug: true, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** Answers every path below /api with 200 and what it saw, unless other mounts are given. */
export async function startEdge(options: Partial<HttpEdgeOptions> = {}): Promise<EdgeBench> {
  const log: string[] = [];
  const seen: EdgeBench['seen'] = [];
  const meter = createMeter();
  const echo: HttpMount = {
    name: 'api',
    owns: (path) => path.startsWith('/api'),
    handle: ({ path, source, isSecure, response }: HttpExchange) => {
      seen.push({ path, source, isSecure });
      response.end(JSON.stringify({ path, source, isSecure }));
    },
  };
  const edge = createHttpEdge({ host: '127.0.0.1', port: 0, mounts: [echo], logger: memoryLogger(log), meter, ...options });
  await edge.start();
  return { edge, port: edge.address?.port ?? 0, meter, seen, log, stop: () => edge.stop() };
}
