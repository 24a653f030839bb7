/** @module contracts/tool-search: when clients are shown tools by which the others are found, instead of all of them. */

/** `auto` = where the list costs more than the threshold, and the client does not defer tools itself. */
export type ToolSearchMode = 'auto' | 'always' | 'never';

/** The section `toolSearch`. */
export interface ToolSearchConfig {
  readonly mode: ToolSearchMode;
  /** Tokens that a list may cost before `auto` switches. */
  readonly thresholdTokens: number;
  /** Patterns of tools that are listed beside the search tools. */
  readonly alwaysListed: readonly string[];
  /** Patterns on the name that a client gives itself: clients that defer tools themselves, or show them to people. */
  readonly deferringClients: readonly string[];
  /** Model whose embeddings join the ranking; null = words alone. */
  readonly embeddingModel: string | null;
}

/** What holds where a file says nothing. */
export const DEFAULT_TOOL_SEARCH: ToolSearchConfig = Object.freeze({
  mode: 'auto',
  thresholdTokens: 20_000,
  alwaysListed: [],
  deferringClients: ['claude-code', 'inspector-*', 'mcp-inspector*'],
  embeddingModel: null,
});
