/** @module upstreams/memory: what an upstream listed last, kept in the home, so that lists are answered without it. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { UpstreamFacts } from '../contracts/upstream.ts';
import type { UpstreamConfig } from '../contracts/upstreams-config.ts';
import { randomHex } from '../core/ids.ts';
import { canonicalJson, isObject, type JsonObject } from '../core/json.ts';
import { readPrivateFile, writePrivateFile } from '../core/private-file.ts';
import type { UpstreamCatalogue } from './catalogue.ts';

/** What is kept. */
export interface Remembered {
  /** Agreed on with the credential of the configuration; undefined where that is another one now, to which the server may speak differently. */
  readonly era: UpstreamFacts['era'] | undefined;
  readonly catalogue: UpstreamCatalogue;
}

const FORMAT = 1;
/** Twice what a catalogue may have, for escapes. */
const MAX_FILE_BYTES = 16 * 1_048_576;

/** The memory of one upstream. Neither method throws: without it, the server is asked. */
export interface UpstreamMemory {
  read(): Remembered | undefined;
  /** @returns what went wrong, for the log */
  write(remembered: Remembered): unknown;
}

/** @param folder of the home; made when it is first written to */
export function createMemory(folder: string, name: string, config: UpstreamConfig): UpstreamMemory {
  const path = join(folder, `${name}.json`);
  const source = fingerprint(config);
  let known: JsonObject | undefined;
  return {
    read() {
      try {
        const value: unknown = JSON.parse(readPrivateFile(path, { maxBytes: MAX_FILE_BYTES }) ?? 'null');
        if (!isObject(value) || value['format'] !== FORMAT || value['source'] !== source) return undefined;
        known = isObject(value['context']) ? value['context'] : undefined;
        const remembered = readRemembered(value);
        return remembered && { ...remembered, era: isContext(known, config) ? remembered.era : undefined };
      } catch {
        return undefined;
      }
    },
    write({ era, catalogue }) {
      try {
        if (!isContext(known, config)) known = contextOf(config, randomHex(16));
        writePrivateFile(path, `${JSON.stringify({ format: FORMAT, source, context: known, era, catalogue })}\n`);
        return undefined;
      } catch (failure) {
        return failure;
      }
    },
  };
}

/** Differs for another program or server; limits do not count, and credentials only for the era. */
function fingerprint(config: UpstreamConfig): string {
  const { transport } = config;
  const place =
    config.transport === 'stdio'
      ? { transport, command: config.command, args: config.args, cwd: config.cwd }
      : {
          transport,
          url: config.url,
          ...(config.transport === 'openapi' ? { document: config.document } : {}),
          ...(config.transport === 'rest' ? { endpoints: config.endpoints } : {}),
        };
  return createHash('sha256').update(canonicalJson(place)).digest('hex');
}

/** Stands for the credentials without telling them: salted, in a file that only this user reads. */
function contextOf(config: UpstreamConfig, salt: string): JsonObject {
  const credential = config.transport === 'stdio' ? { env: config.env } : { headers: config.headers, auth: config.auth };
  return { salt, hash: createHash('sha256').update(salt).update(canonicalJson(credential)).digest('hex') };
}

function isContext(known: JsonObject | undefined, config: UpstreamConfig): boolean {
  const salt = known?.['salt'];
  return typeof salt === 'string' && contextOf(config, salt)['hash'] === known?.['hash'];
}

function readRemembered({ era, catalogue }: JsonObject): Remembered | undefined {
  if (!isObject(catalogue) || (era !== 'modern' && era !== 'legacy')) return undefined;
  const { tools, resources, templates, prompts, instructions } = catalogue;
  if (!isList(tools) || !isList(resources) || !isList(templates) || !isList(prompts)) return undefined;
  return { era, catalogue: { tools, resources, templates, prompts, instructions: typeof instructions === 'string' ? instructions : null } };
}

function isList(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isObject);
}
