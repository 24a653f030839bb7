/** @module upstreams/connection/stdio/stdio-connector: connections to a program on this machine. */
import type { SandboxedProgram } from '../../../contracts/sandbox.ts';
import type { UpstreamConnection, UpstreamConnector, UpstreamEvent, UpstreamFacts } from '../../../contracts/upstream.ts';
import { AppError, toAppError } from '../../../core/errors.ts';
import { Scope } from '../../../core/scope.ts';
import { changesOf } from '../changes.ts';
import { Conversation } from '../conversation.ts';
import { initialize, type EraHint, negotiateOnPipe } from '../negotiate.ts';
import { toConnection } from '../to-connection.ts';
import { type Program, StderrTail, startChild } from './child.ts';
import { StdioWire } from './stdio-wire.ts';

/** What one upstream's connections have in common. */
export interface StdioOptions extends Program {
  readonly maxMessageBytes: number;
  /** Puts the program into the sandbox; absent = it runs as it is. */
  readonly wrap?: (() => Promise<SandboxedProgram>) | undefined;
  /** Milliseconds before the other era is tried too. Default 3000. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 3000;

/** Every connection is a process of its own. */
export function createStdioConnector(options: StdioOptions, hint?: EraHint): UpstreamConnector {
  let tail = new StderrTail();
  let era = hint;
  const wires = new Set<StdioWire>();

  const open = async (onEvent: (event: UpstreamEvent) => void): Promise<{ readonly conversation: Conversation; readonly wire: StdioWire }> => {
    const own = new StderrTail();
    tail = own;
    const child = await startChild(options.wrap ? { ...options, ...(await options.wrap()), cwd: '/' } : options);
    child.stderr.on('data', (piece: Buffer) => own.push(piece));
    const conversation = new Conversation(onEvent);
    const wire = new StdioWire(child, conversation, options.maxMessageBytes);
    conversation.use(wire);
    wires.add(wire);
    void wire.ended.then(() => wires.delete(wire));
    return { conversation, wire };
  };

  return {
    get stderr() {
      return tail.text;
    },
    async close() {
      await Promise.all([...wires].map((wire) => wire.close()));
    },
    async connect(scope, onEvent): Promise<UpstreamConnection> {
      let isConnected = false;
      const hear = (event: UpstreamEvent): void => {
        if (isConnected) onEvent(event);
      };
      const attempt = async (agree: (conversation: Conversation) => Promise<UpstreamFacts>): Promise<UpstreamConnection> => {
        const { conversation, wire } = await open(hear);
        try {
          const facts = await scope.race(agree(conversation));
          era = facts.era;
          isConnected = true;
          if (facts.era === 'modern') hearChanges(facts, conversation);
          return toConnection(facts, conversation, wire);
        } catch (failure) {
          void wire.close();
          throw failure;
        }
      };
      try {
        return await attempt((conversation) => negotiateOnPipe(conversation, scope, era, options.patienceMs ?? PATIENCE_MS));
      } catch (failure) {
        // Some servers end at a method they do not know: the plain handshake, in a new process, is their chance.
        const isEnded = AppError.is(failure) && failure.code === 'UPSTREAM_GONE' && era !== 'legacy';
        if (!isEnded || scope.reason) throw unreachable(failure, scope);
        return await attempt((conversation) => initialize(conversation, scope)).catch((second: unknown) => {
          throw unreachable(second, scope);
        });
      }
    },
  };
}

/** For as long as the connection lives. A server that refuses is not asked again. */
function hearChanges({ capabilities }: UpstreamFacts, conversation: Conversation): void {
  const notifications = changesOf(capabilities);
  if (Object.keys(notifications).length > 0) conversation.once('subscriptions/listen', { notifications }, new Scope()).catch(() => undefined);
}

/** To whoever wants a connection, a server that ends at once is one that cannot be reached. */
function unreachable(failure: unknown, scope: Scope): AppError {
  const error = toAppError(failure, 'UPSTREAM_UNREACHABLE');
  if (scope.reason || error.code !== 'UPSTREAM_GONE') return error;
  return new AppError('UPSTREAM_UNREACHABLE', { message: error.message, cause: error });
}
