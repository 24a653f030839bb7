/** A provider whose every answer is another one: `<count>: <last question>`, in the words of OpenAI, and vectors by the words of a text. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { isObject, type JsonObject } from '../../src/core/json.ts';

export interface EchoProvider {
  readonly url: string;
  /** Requests of chat and vectors so far. */
  readonly chats: JsonObject[];
  readonly embeddings: string[];
  /** While true, vectors fail. */
  isBlind: boolean;
  stop(): Promise<void>;
}

const DIMENSIONS = 64;

/** Texts of the same words have the same direction; each other word turns it. */
export function directionOf(text: string): readonly number[] {
  const numbers = Array.from({ length: DIMENSIONS }, () => 0);
  for (const word of text.toLowerCase().match(/[a-z0-9]+/g) ?? []) {
    let place = 7;
    for (const letter of word) place = (place * 31 + (letter.codePointAt(0) ?? 0)) % DIMENSIONS;
    numbers[place] = (numbers[place] ?? 0) + 1;
  }
  return numbers;
}

function lastText(body: JsonObject): string {
  const messages = Array.isArray(body['messages']) ? body['messages'].filter(isObject) : [];
  const content = messages.at(-1)?.['content'];
  return typeof content === 'string' ? content : JSON.stringify(content ?? null);
}

/** Listens on a free port of loopback. */
export async function startEchoProvider(): Promise<EchoProvider> {
  const chats: JsonObject[] = [];
  const embeddings: string[] = [];
  const answer = (path: string, body: JsonObject): unknown => {
    if (path.endsWith('/embeddings')) {
      const [text] = Array.isArray(body['input']) ? body['input'].map(String) : [String(body['input'])];
      embeddings.push(text ?? '');
      if (provider.isBlind) return undefined;
      return {
        object: 'list',
        model: 'v',
        data: [{ object: 'embedding', index: 0, embedding: directionOf(text ?? '') }],
        usage: { prompt_tokens: 3, total_tokens: 3 },
      };
    }
    chats.push(body);
    const content = `${chats.length}: ${lastText(body)}`;
    return {
      id: `c${chats.length}`,
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
    };
  };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => void pieces.push(piece));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
      const made = answer(request.url ?? '', isObject(body) ? body : {});
      response.writeHead(made === undefined ? 503 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(made ?? { error: { message: 'blind' } }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const provider: EchoProvider = {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    chats,
    embeddings,
    isBlind: false,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return provider;
}
