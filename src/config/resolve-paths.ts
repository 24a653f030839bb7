/** @module config/resolve-paths: paths of the configuration, made absolute. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Config } from '../contracts/config.ts';
import type { TlsConfig } from '../contracts/identity-config.ts';
import { joinPointer } from './pointer.ts';

/**
 * The configuration with its paths absolute: `~/` is the user's folder, relative paths start at the
 * configuration file, or at the current folder when the environment or the command line named them.
 *
 * @param folderOf the folder that a relative path at this pointer starts from
 */
export function resolvePaths(config: Config, folderOf: (pointer: string) => string): Config {
  const absolute = (path: string | null, pointer: string): string | null => {
    if (path === null) return null;
    return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(folderOf(pointer), path);
  };
  // A bare name is a program to look up in PATH.
  const program = (path: string | null, pointer: string): string | null => (path !== null && /[/\\]|^~$/.test(path) ? absolute(path, pointer) : path);
  const { audit, models, orchestrator, policy, sandbox, server, upstreams, workspace } = config;
  const { cedar = { policies: [], schema: null } } = policy;
  return {
    ...config,
    server: { ...server, tls: tlsPaths(server.tls, (path, name) => absolute(path, `/server/tls/${name}`)) },
    audit: {
      ...audit,
      directory: absolute(audit.directory, '/audit/directory'),
      checkpointDirectory: absolute(audit.checkpointDirectory, '/audit/checkpointDirectory'),
    },
    sandbox: {
      ...sandbox,
      interpreters: {
        python: absolute(sandbox.interpreters.python, '/sandbox/interpreters/python'),
        node: absolute(sandbox.interpreters.node, '/sandbox/interpreters/node'),
        bash: absolute(sandbox.interpreters.bash, '/sandbox/interpreters/bash'),
      },
      readable: sandbox.readable.map((path) => absolute(path, '/sandbox/readable') ?? path),
    },
    policy: {
      ...policy,
      cedar: {
        policies: cedar.policies.map((path, index) => absolute(path, `/policy/cedar/policies/${index}`) ?? path),
        schema: absolute(cedar.schema, '/policy/cedar/schema'),
      },
    },
    workspace: { ...workspace, root: absolute(workspace.root, '/workspace/root') },
    models: {
      ...models,
      providers: Object.fromEntries(
        Object.entries(models.providers).map(([name, provider]) => {
          const pointer = joinPointer('/models/providers', name);
          const { credentialsFile, command } = provider;
          return [
            name,
            {
              ...provider,
              credentialsFile: absolute(credentialsFile, joinPointer(pointer, 'credentialsFile')),
              command: program(command, joinPointer(pointer, 'command')),
            },
          ];
        }),
      ),
    },
    upstreams: Object.fromEntries(
      Object.entries(upstreams).map(([name, upstream]) => {
        const pointer = joinPointer('/upstreams', name);
        if (upstream.transport !== 'stdio') {
          const own = { ...upstream, auth: { ...upstream.auth, assertionFile: absolute(upstream.auth.assertionFile, `${pointer}/auth/assertionFile`) } };
          if (own.transport !== 'openapi' || /^https?:/.test(own.document)) return [name, own];
          return [name, { ...own, document: absolute(own.document, joinPointer(pointer, 'document')) ?? own.document }];
        }
        const { command, cwd, sandbox: grants } = upstream;
        const granted = (paths: readonly string[], key: string): readonly string[] => paths.map((path) => absolute(path, `${pointer}/sandbox/${key}`) ?? path);
        return [
          name,
          {
            ...upstream,
            command: program(command, joinPointer(pointer, 'command')) ?? command,
            cwd: absolute(cwd, joinPointer(pointer, 'cwd')),
            sandbox: grants && { ...grants, read: granted(grants.read, 'read'), write: granted(grants.write, 'write') },
          },
        ];
      }),
    ),
    orchestrator: { ...orchestrator, geminiCliPath: program(orchestrator.geminiCliPath, '/gemini_cli_path') },
  };
}

function tlsPaths(tls: TlsConfig, absolute: (path: string | null, name: string) => string | null): TlsConfig {
  const { certFile, keyFile, caFile } = tls;
  return {
    ...tls,
    certFile: absolute(certFile, 'certFile'),
    keyFile: absolute(keyFile, 'keyFile'),
    caFile: absolute(caFile, 'caFile'),
  };
}
