/** @module tools/orchestrator: the four tools of the orchestrator. */
import type { ToolDefinition } from '../../contracts/tool.ts';
import { createOrchestratorExecute } from './execute.ts';
import type { OrchestratorPort } from './fields.ts';
import { createOrchestratorRoute } from './route.ts';
import { createOrchestratorRun } from './run.ts';
import { createOrchestratorValidate } from './validate.ts';

/** Their schemas are known to compile: register them as trusted. */
export function createOrchestratorTools(orchestrator: OrchestratorPort): readonly ToolDefinition[] {
  return [
    createOrchestratorRoute(orchestrator),
    createOrchestratorExecute(orchestrator),
    createOrchestratorValidate(orchestrator),
    createOrchestratorRun(orchestrator),
  ];
}
