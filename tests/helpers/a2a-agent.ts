/** An agent of the official A2A SDK on a socket of loopback, and one of the revision before, written by hand. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { AgentCard, Role, TaskState } from '@a2a-js/sdk';
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  type ExecutionEventBus,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  type RequestContext,
  ServerCallContext,
} from '@a2a-js/sdk/server';

/** A running agent. */
export interface TestAgent {
  readonly url: string;
  /** Methods that were called, in order. */
  readonly methods: string[];
  stop(): Promise<void>;
}

const cardOf = (origin: string, host = origin): object => ({
  name: 'Recipe agent',
  description: 'Knows recipes.',
  version: '2.1.0',
  supportedInterfaces: [{ url: `${host}/rpc`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
  capabilities: { streaming: false },
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [{ id: 'find_recipe', name: 'Find a recipe', description: 'Finds a recipe for what there is.', tags: ['food'], examples: ['I have rice.'] }],
});

/** `now` is answered at once, `slow` after two looks, `more` with a question, `never` not at all; the rest is echoed. */
class Cook implements AgentExecutor {
  readonly cancelled: string[] = [];

  async execute({ userMessage, taskId, contextId }: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const said = userMessage.parts.map(({ content }) => (content?.$case === 'text' ? content.value : '')).join('');
    const words = (text: string): { messageId: string; contextId: string; taskId: string; role: Role; parts: object[] } => ({
      ...{ messageId: `m-${Math.random()}`, contextId, taskId, role: Role.ROLE_AGENT },
      parts: [{ content: { $case: 'text', value: text }, metadata: undefined, filename: '', mediaType: 'text/plain' }],
    });
    const status = (state: TaskState, text?: string): unknown => ({
      state,
      timestamp: new Date().toISOString(),
      message: text === undefined ? undefined : words(text),
    });
    const publish = (state: TaskState, text?: string): void =>
      bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status: status(state, text), metadata: undefined } as never));
    if (said.startsWith('now')) {
      bus.publish(AgentEvent.message({ ...words(`You said ${said}.`), metadata: undefined, extensions: [], referenceTaskIds: [] } as never));
      return bus.finished();
    }
    bus.publish(
      AgentEvent.task({ id: taskId, contextId, status: status(TaskState.TASK_STATE_WORKING), artifacts: [], history: [], metadata: undefined } as never),
    );
    if (said.startsWith('never')) return;
    await new Promise((resolve) => setTimeout(resolve, said.startsWith('slow') ? 300 : 0));
    publish(
      said.startsWith('more') ? TaskState.TASK_STATE_INPUT_REQUIRED : TaskState.TASK_STATE_COMPLETED,
      said.startsWith('more') ? 'For how many?' : `Cooked: ${said}.`,
    );
    bus.finished();
  }

  cancelTask(taskId: string, bus: ExecutionEventBus): Promise<void> {
    this.cancelled.push(taskId);
    bus.publish(
      AgentEvent.statusUpdate({
        taskId,
        contextId: '',
        status: { state: TaskState.TASK_STATE_CANCELED, timestamp: new Date().toISOString() },
        metadata: undefined,
      } as never),
    );
    bus.finished();
    return Promise.resolve();
  }
}

/** @param host origin that its card names; default: where it is */
export async function startAgent(host?: string): Promise<TestAgent> {
  const methods: string[] = [];
  const server = createServer();
  const origin = await listen(server);
  const card = cardOf(origin, host);
  const rpc = new JsonRpcTransportHandler(new DefaultRequestHandler(AgentCard.fromJSON(card), new InMemoryTaskStore(), new Cook()));
  server.on('request', (request, response) => {
    void (async () => {
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET') return response.writeHead(request.url === '/.well-known/agent-card.json' ? 200 : 404).end(JSON.stringify(card));
      const body = JSON.parse(await bodyOf(request)) as Record<string, unknown>;
      methods.push(String(body['method']));
      const context = new ServerCallContext({ requestedVersion: String(request.headers['a2a-version']) } as never);
      return response.end(JSON.stringify(await rpc.handle(body, context)));
    })();
  });
  return { url: origin, methods, stop: () => stop(server) };
}

/** A2A 0.3: other names and forms for the same things. */
export async function startOldAgent(): Promise<TestAgent> {
  const methods: string[] = [];
  const server = createServer();
  const origin = await listen(server);
  const task = (state: string): object => ({
    kind: 'task',
    id: 't1',
    contextId: 'c1',
    status: { state },
    artifacts: state === 'completed' ? [{ artifactId: 'a', parts: [{ kind: 'text', text: 'old soup' }] }] : [],
  });
  const skills = [{ id: 'soup', name: 'Soup', description: 'Cooks soup.', tags: [] }];
  const card = { name: 'Old agent', version: '1', protocolVersion: '0.3.0', url: `${origin}/a2a`, preferredTransport: 'JSONRPC', capabilities: {}, skills };
  server.on('request', (request, response) => {
    void (async () => {
      if (request.method === 'GET') return response.end(JSON.stringify(card));
      const { id, method } = JSON.parse(await bodyOf(request)) as { readonly id: number; readonly method: string };
      methods.push(method);
      return response.end(JSON.stringify({ jsonrpc: '2.0', id, result: task(method === 'tasks/get' ? 'completed' : 'working') }));
    })();
  });
  return { url: origin, methods, stop: () => stop(server) };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
