/** @module config/sections/tool-search: when clients are shown search tools instead of all tools. */
import { DEFAULT_TOOL_SEARCH, type ToolSearchMode } from '../../contracts/tool-search.ts';
import { choice, integer, key, list, orNull, pattern, section, text } from '../fields.ts';

/** Every mode. */
export const TOOL_SEARCH_MODES = ['auto', 'always', 'never'] as const satisfies readonly ToolSearchMode[];

const name = pattern(/^[^\x00-\x1f\x7f]{1,256}$/, 'a name, or a pattern such as github__*');

/** Keys of `toolSearch`. */
export const toolSearchSection = section(
  {
    mode: key(
      choice(TOOL_SEARCH_MODES),
      DEFAULT_TOOL_SEARCH.mode,
      'Whether tools/list shows five tools by which the others are found, instead of all: auto = where the list costs more than thresholdTokens.',
    ),
    thresholdTokens: key(integer(0, 100_000_000), DEFAULT_TOOL_SEARCH.thresholdTokens, 'Tokens (characters / 4) that a list may cost before auto switches.'),
    alwaysListed: key(list(name), [...DEFAULT_TOOL_SEARCH.alwaysListed], 'Tools that are listed beside the search tools; `*` = any characters.'),
    deferringClients: key(
      list(name),
      [...DEFAULT_TOOL_SEARCH.deferringClients],
      'Clients, by the name that they give themselves, that defer tools themselves or, as the MCP Inspector, show them to people: auto shows them all.',
    ),
    embeddingModel: key(
      orNull(text('the name of a model', 256)),
      DEFAULT_TOOL_SEARCH.embeddingModel,
      'Model whose embeddings join the ranking; each use is a call of the caller. Null = words alone.',
    ),
  },
  'Large catalogues: tools that are found by a search.',
);
