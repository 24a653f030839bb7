/** @module config/sections/workspace: the files that tools may touch. */
import { DEFAULT_CONFIG } from '../defaults.ts';
import { integer, key, orNull, path, section } from '../fields.ts';

const { workspace: defaults } = DEFAULT_CONFIG;

/** Keys of `workspace`. */
export const workspaceSection = section(
  {
    root: key(
      orNull(path()),
      defaults.root,
      'Folder that file tools are bound to; null = the current folder for stdio, `workspace` in the home for serve. Relative to this file.',
    ),
    maxFileBytes: key(integer(1, 1_073_741_824), defaults.maxFileBytes, 'Bytes that one read or write may have.'),
  },
  'The files that tools may touch.',
);
