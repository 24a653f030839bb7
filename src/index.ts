/** @module switchyard: the public library surface. */
export { createApp, getApp, type App, type StdioStreams } from './app/app.ts';
export { runApp, type RunOptions } from './app/run.ts';
export { completeSync } from './app/complete-sync.ts';
export { complete, completeWithFallback, countTokens, embed, health, quickComplete, stream } from './app/library.ts';
export type { AppOptions } from './app/options.ts';
export type { Endpoints } from './app/endpoints.ts';
export { definePrompt, defineResource, defineTool } from './tools/define-tool.ts';
export { AppError, ERRORS, type ErrorCode, type ErrorDetail, type ErrorFacts } from './core/errors.ts';
export type { Answer, CallRunner, Request, Terminal } from './contracts/call.ts';
export type { HttpExchange, HttpMount } from './contracts/http.ts';
export type {
  Completion,
  CompletionRequest,
  CompletionUsage,
  Embeddings,
  ListedModel,
  ModelClient,
  ModelMessage,
  ModelsHealth,
  TokenCount,
} from './contracts/model-client.ts';
export type { ModelsConfig, ProviderConfig, ProviderKind } from './contracts/models-config.ts';
export type { Principal } from './contracts/principal.ts';
export type { PromptDefinition, ResourceDefinition, StandardSchema, ToolContext, ToolDefinition, ToolMetadata, ToolResult } from './contracts/tool.ts';
