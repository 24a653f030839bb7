/** @module config/sections/tools: the built-in tools. */
import { DEFAULT_CONFIG } from '../defaults.ts';
import { key, list, pattern, section } from '../fields.ts';

/** Keys of `tools`. */
export const toolsSection = section(
  {
    disabled: key(list(pattern(/^[\w.-]{1,64}$/, 'the name of a tool')), [...DEFAULT_CONFIG.tools.disabled], 'Names of tools that shall not exist here.'),
  },
  'The tools.',
);
