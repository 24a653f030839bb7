/** @module doors/models-api/credential: where clients of models put their key. */
import type { IncomingHttpHeaders } from 'node:http';
import type { HttpExchange } from '../../contracts/http.ts';
import type { Credential } from '../../contracts/principal.ts';
import { readCredential } from '../http/credential.ts';
import type { DoorDialect } from './dialects.ts';

/**
 * The Authorization header, else the header of the client's vendor; for Gemini also `?key=`, as its plain
 * examples have it. Nothing else reads the query, and nothing writes it anywhere.
 */
export function modelCredential(exchange: HttpExchange, dialect: DoorDialect): Credential {
  const { headers, url } = exchange.request;
  const { authorization, 'x-api-key': anthropic, 'x-goog-api-key': google } = headers;
  const isGoogle = dialect === 'gemini' || dialect === 'gemini-embeddings';
  const key = isGoogle ? (google ?? queryOf(url).get('key') ?? undefined) : anthropic;
  return readCredential(exchange, authorization ?? (typeof key === 'string' ? `Bearer ${key}` : undefined));
}

/** Whose client asks for a list: all of them use one path. @param dialect what the path says */
export function listDialect(headers: IncomingHttpHeaders, dialect: DoorDialect = 'openai-chat'): DoorDialect {
  if (headers['x-goog-api-key'] !== undefined) return 'gemini';
  return headers['anthropic-version'] !== undefined && dialect !== 'gemini' ? 'anthropic-messages' : dialect;
}

/** What stands behind the path. */
export function queryOf(url: string | undefined): URLSearchParams {
  const at = url?.indexOf('?') ?? -1;
  return new URLSearchParams(at < 0 ? '' : url?.slice(at + 1));
}
