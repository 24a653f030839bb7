/** The official clients behind one face, so that one set of tests drives them all. */
import { Client as ModernClient, StreamableHTTPClientTransport as ModernHttp, type ClientOptions } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CallToolResultSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: number) => void;
}

export interface CallResult {
  readonly text: string;
  readonly isError: boolean;
}

/** What a client has heard without asking. */
export interface Heard {
  readonly logs: unknown[];
  readonly updates: string[];
  toolChanges: number;
}

/** A connected client that answers every question of the server. */
export interface Speaker {
  readonly heard: Heard;
  toolNames(): Promise<string[]>;
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<CallResult>;
  read(uri: string): Promise<string>;
  prompt(name: string, args: Record<string, string>): Promise<string>;
  complete(prompt: string, argument: string, value: string): Promise<readonly string[]>;
  /** Begins to listen for changes of tools and of the resource. */
  watch(uri: string): Promise<void>;
  close(): Promise<void>;
}

/** Where the server is. */
export type Server = { readonly url: string; readonly token: string } | { readonly command: string; readonly args: readonly string[] };
export type Kind = 'v2 modern' | 'v2 legacy' | 'v1';

const INFO = { name: 'integration-test', version: '1.0.0' };
const CAPABILITIES = { elicitation: {}, sampling: {}, roots: { listChanged: true } };
const ANSWERS = {
  elicitation: { action: 'accept' as const, content: { name: 'Ada', color: 'green', ok: true, username: 'ada', email: 'ada@example.org', context: 'tests' } },
  sampling: { role: 'assistant' as const, content: { type: 'text' as const, text: 'Paris' }, model: 'test-model', stopReason: 'endTurn' as const },
  roots: { roots: [{ uri: 'file:///project', name: 'Project' }] },
};

interface Content {
  readonly type: string;
  readonly text?: string;
}

const textOf = (content: unknown): string => (content as readonly Content[]).map(({ text = '' }) => text).join('');
const newHeard = (): Heard => ({ logs: [], updates: [], toolChanges: 0 });

/** What the person at the client says to a form. */
export type FormAnswer = { readonly action: 'accept'; readonly content: Record<string, string | boolean> } | { readonly action: 'decline' };

export function connect(kind: Kind, server: Server, form: FormAnswer = ANSWERS.elicitation): Promise<Speaker> {
  return kind === 'v1' ? connectOld(server, form) : connectNew(server, kind === 'v2 modern', form);
}

/** What both clients do in the same words. */
const commonFace = (client: ModernClient | OldClient): Pick<Speaker, 'toolNames' | 'read' | 'prompt' | 'complete' | 'close'> => ({
  toolNames: async () => (await client.listTools()).tools.map(({ name }) => name),
  read: async (uri) => textOf((await client.readResource({ uri })).contents),
  prompt: async (name, args) => JSON.stringify((await client.getPrompt({ name, arguments: args })).messages),
  complete: async (prompt, name, value) => (await client.complete({ ref: { type: 'ref/prompt', name: prompt }, argument: { name, value } })).completion.values,
  close: () => client.close(),
});
const optionsOf = ({
  signal,
  onProgress,
}: CallOptions): { readonly signal?: AbortSignal; readonly onprogress?: (at: { readonly progress: number }) => void } => ({
  ...(signal ? { signal } : {}),
  ...(onProgress ? { onprogress: ({ progress }) => onProgress(progress) } : {}),
});
const resultOf = (result: Readonly<Record<string, unknown>>): CallResult => ({ text: textOf(result['content']), isError: result['isError'] === true });

async function connectNew(server: Server, isModern: boolean, form: FormAnswer): Promise<Speaker> {
  const heard = newHeard();
  const options: ClientOptions = { capabilities: CAPABILITIES, versionNegotiation: { mode: isModern ? 'auto' : 'legacy' } };
  const client = new ModernClient(INFO, options);
  client.setRequestHandler('elicitation/create', () => form);
  client.setRequestHandler('sampling/createMessage', () => ANSWERS.sampling);
  client.setRequestHandler('roots/list', () => ANSWERS.roots);
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    heard.toolChanges += 1;
  });
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
    heard.updates.push(params.uri);
  });
  client.setNotificationHandler('notifications/message', ({ params }) => {
    heard.logs.push(params.data);
  });
  await client.connect(
    'url' in server
      ? new ModernHttp(new URL(server.url), { requestInit: { headers: { Authorization: `Bearer ${server.token}` } } })
      : new ModernStdio({ command: server.command, args: [...server.args], stderr: 'inherit' }),
  );
  return {
    heard,
    ...commonFace(client),
    call: async (name, args = {}, options = {}) => resultOf(await client.callTool({ name, arguments: args }, optionsOf(options))),
    watch: async (uri) => {
      if (isModern) await client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] });
      else await client.subscribeResource({ uri });
    },
  };
}

async function connectOld(server: Server, form: FormAnswer): Promise<Speaker> {
  const heard = newHeard();
  const client = new OldClient(INFO, { capabilities: CAPABILITIES });
  client.setRequestHandler(ElicitRequestSchema, () => form);
  client.setRequestHandler(CreateMessageRequestSchema, () => ANSWERS.sampling);
  client.setRequestHandler(ListRootsRequestSchema, () => ANSWERS.roots);
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    heard.toolChanges += 1;
  });
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    heard.updates.push(params.uri);
  });
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    heard.logs.push(params.data);
  });
  const transport =
    'url' in server
      ? new OldHttp(new URL(server.url), { requestInit: { headers: { Authorization: `Bearer ${server.token}` } } })
      : new OldStdio({ command: server.command, args: [...server.args], stderr: 'inherit' });
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  return {
    heard,
    ...commonFace(client),
    call: async (name, args = {}, options = {}) => resultOf(await client.callTool({ name, arguments: args }, CallToolResultSchema, optionsOf(options))),
    watch: async (uri) => {
      await client.subscribeResource({ uri });
    },
  };
}
