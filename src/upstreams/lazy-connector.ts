/** @module upstreams/lazy-connector: what connects is loaded with the first connection: a start, and lists from memory, do without it. */
import type { UpstreamConnector } from '../contracts/upstream.ts';

/** @param open makes the real one, once */
export function lazyConnector(open: () => Promise<UpstreamConnector>): UpstreamConnector {
  let opening: Promise<UpstreamConnector> | undefined;
  let opened: UpstreamConnector | undefined;
  const needed = (): Promise<UpstreamConnector> => {
    opening ??= open().then((connector) => {
      opened = connector;
      return connector;
    });
    return opening;
  };
  return {
    get stderr() {
      return opened?.stderr ?? '';
    },
    connect: async (scope, onEvent) => await (await needed()).connect(scope, onEvent),
    signedIn: async (scope) => await (await needed()).signedIn?.(scope),
    async close() {
      await (await opening)?.close();
    },
  };
}
