/** @module contracts/tool-failure: how a failed execution looks to an MCP client. */
import type { AppError } from '../core/errors.ts';
import type { ToolResult } from './tool.ts';

/** What stands in the failure beside the error itself. */
export interface FailureFacts {
  readonly correlationId: string;
  /** RFC 3339. */
  readonly timestamp: string;
  /** Whether the tool answers with the envelope; a tool that does not gets no structured content. */
  readonly isEnveloped: boolean;
}

/**
 * The result with `isError` that a door sends for an error whose `facts.isToolFailure` holds. The
 * text is what a model reads: `CODE: message`, then `Fix: …` on its own line.
 *
 * @see MCP 2026-07-28, server/tools, "Error Handling"
 */
export function toolFailure(error: AppError, { correlationId, timestamp, isEnveloped }: FailureFacts): ToolResult {
  const { code, message, fix } = error;
  const content = [{ type: 'text', text: `${code}: ${message}\nFix: ${fix}` }];
  if (!isEnveloped) return { content, isError: true };
  return {
    content,
    structuredContent: { success: false, data: null, error: { code, message, fix }, timestamp, correlation_id: correlationId },
    isError: true,
  };
}
