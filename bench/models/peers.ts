/** The other gateways: installed at bench time from their own manifests in this folder, and how each is started. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/paths.ts';
import { installNode, installPython, versionIn } from '../install.ts';

const folder = join(root, 'bench/models');

/** A gateway that was started by a command with PORT in it. */
export interface PeerGateway {
  readonly name: 'portkey' | 'litellm';
  readonly version: string;
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Headers that lead its calls to the upstream. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Those that are there, and why the others are not. */
export interface PeerGateways {
  readonly present: readonly PeerGateway[];
  readonly absent: Readonly<Record<string, string>>;
}

/** With the adapter that its streams still work with. */
function installPortkey(origin: string): PeerGateway {
  installNode(folder);
  return {
    name: 'portkey',
    version: `Portkey ${versionIn(folder, '@portkey-ai/gateway')} (@hono/node-server ${versionIn(folder, '@hono/node-server')})`,
    command: [process.execPath, join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js'), '--port=PORT', '--headless'],
    env: { ...process.env, NODE_ENV: 'production' },
    headers: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${origin}/v1`, authorization: 'Bearer upstream-key' },
  };
}

/** One worker, no database, and the key that it insists on. */
function installLitellm(origin: string, model: string, scratch: string): PeerGateway {
  const version = installPython(folder, 'litellm');
  const key = `sk-${randomBytes(32).toString('hex')}`;
  const config = join(scratch, 'litellm.yaml');
  const entry = { model_name: model, litellm_params: { model: `openai/${model}`, api_base: `${origin}/v1`, api_key: 'upstream-key' } };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ model_list: [entry], litellm_settings: { telemetry: false } }));
  return {
    name: 'litellm',
    version: `LiteLLM ${version}`,
    command: [join(folder, '.venv/bin/litellm'), '--config', config, '--host', '127.0.0.1', '--port', 'PORT', '--num_workers', '1', '--telemetry', 'False'],
    // Its table of prices from the package: nothing is fetched.
    env: { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR', LITELLM_MODE: 'PRODUCTION', LITELLM_MASTER_KEY: key },
    headers: { authorization: `Bearer ${key}` },
  };
}

/** @param scratch folder for their configuration */
export function installPeerGateways(origin: string, model: string, scratch: string): PeerGateways {
  const present: PeerGateway[] = [];
  const absent: Record<string, string> = {};
  for (const [name, install] of [
    ['portkey', () => installPortkey(origin)],
    ['litellm', () => installLitellm(origin, model, scratch)],
  ] as const) {
    try {
      present.push(install());
    } catch (error) {
      absent[name] = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    }
  }
  return { present, absent };
}
