/** @module tools/builtin: everything the gateway brings itself. */
import type { AuditReader } from '../../contracts/audit.ts';
import type { ConfigView, HealthCheck, LibraryUse, PlatformStatus } from '../../contracts/status.ts';
import type { ResourceDefinition, ToolDefinition } from '../../contracts/tool.ts';
import type { NamedRoots } from '../../contracts/workspace.ts';
import { createLlmComplete } from '../llm/llm-complete.ts';
import { createLlmCountTokens } from '../llm/llm-count-tokens.ts';
import { createLlmEmbed } from '../llm/llm-embed.ts';
import { createLlmModels } from '../llm/llm-models.ts';
import type { OrchestratorPort } from '../orchestrator/fields.ts';
import { createOrchestratorTools } from '../orchestrator/orchestrator.ts';
import type { CodePorts } from '../code/code-fields.ts';
import { createExecuteCode } from '../code/execute-code.ts';
import { createExecutePython } from '../code/execute-python.ts';
import { createRunCommand } from '../code/run-command.ts';
import { createEcho } from './echo.ts';
import { createHealthCheck } from './health-check.ts';
import { createListDirectory } from './list-directory.ts';
import { createPing } from './ping.ts';
import { createPlatformStatus } from './platform-status.ts';
import { createReadFile } from './read-file.ts';
import { createAuditResource, createConfigResource, createLibrariesResource } from './resources.ts';
import { createWriteFile } from './write-file.ts';

/** What the built-in tools and resources reach. */
export interface BuiltinPorts {
  readonly roots: NamedRoots;
  readonly checks: readonly HealthCheck[];
  readonly status: PlatformStatus;
  readonly config: ConfigView;
  readonly libraries: readonly LibraryUse[];
  readonly audit: AuditReader;
  readonly orchestrator: OrchestratorPort;
  readonly code: CodePorts;
}

/** The built-in tools. Their schemas are known to compile: register them as trusted. */
export function createBuiltinTools({ roots, checks, status, orchestrator, code }: BuiltinPorts): readonly ToolDefinition[] {
  return [
    createPing(),
    createHealthCheck(checks),
    createEcho(),
    createPlatformStatus(status),
    createReadFile(roots),
    createWriteFile(roots),
    createListDirectory(roots),
    createLlmComplete(),
    createLlmEmbed(),
    createLlmCountTokens(),
    createLlmModels(),
    ...createOrchestratorTools(orchestrator),
    createExecutePython(code),
    createExecuteCode(code),
    createRunCommand(code),
  ];
}

/** The built-in resources. */
export function createBuiltinResources({ config, libraries, audit }: BuiltinPorts): readonly ResourceDefinition[] {
  return [createConfigResource(config), createLibrariesResource(libraries), createAuditResource(audit)];
}
