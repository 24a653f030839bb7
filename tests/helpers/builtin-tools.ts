/** Names of the tools that ship, sorted. */
export const BUILTIN_TOOLS: readonly string[] = [
  'echo',
  'health_check',
  'list_directory',
  'llm_complete',
  'llm_count_tokens',
  'llm_embed',
  'llm_models',
  'orchestrator_execute',
  'orchestrator_route',
  'orchestrator_run',
  'orchestrator_validate',
  'ping',
  'platform_status',
  'read_file',
  'write_file',
];
