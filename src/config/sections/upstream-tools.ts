/** @module config/sections/upstream-tools: what is shown of an upstream's tools, and what effects they have. */
import * as v from 'valibot';
import { STANDARD_PERMISSIONS } from '../../contracts/policy.ts';
import { key, list, orNull, pattern, section, table, text } from '../fields.ts';
import { permissionType } from './policy.ts';

const own = pattern(/^[^\x00-\x1f\x7f]{1,256}$/, 'a name that the upstream uses');
const shown = pattern(/^[A-Za-z0-9_-]{1,60}$/, 'a name (letters, digits, - and _)');
const pointer = pattern(/^(?:\/(?:[^~/]|~[01])+)+$/, 'a JSON Pointer such as /path or /files/*/path');
const effect = v.pipe(
  section(
    {
      permission: v.pipe(permissionType, v.description(`One of ${STANDARD_PERMISSIONS.join(', ')}, or a CUSTOM_<NAME>.`)),
      from: key(orNull(pointer), null, 'Where the arguments say what it touches. A list there is one effect for each item; of a command, its words.'),
      resource: key(orNull(text('a text', 1024)), null, 'What it touches whatever the arguments are; in place of from.'),
      root: key(
        orNull(pattern(/^\/[^\0\\]*$/, 'an absolute path')),
        null,
        'FILE_*: paths in this folder are judged as those of the workspace; other absolute paths need the GLOBAL permission.',
      ),
      isOptional: key(v.boolean('true or false'), false, 'Whether the argument may be absent; then the call has no such effect.'),
      size: key(orNull(pointer), null, 'What the limit maxSize bounds: a number of bytes, or a text.'),
      timeout: key(orNull(pointer), null, 'What the limit timeout bounds: seconds.'),
    },
    'One effect.',
  ),
  v.check(({ from, resource }) => (from === null) !== (resource === null), 'an effect with either from or resource'),
);

/** The section. */
export const tools = section(
  {
    allow: key(orNull(list(own)), null, "Tools that are shown, by the server's own names; `*` = any characters. Null = all."),
    deny: key(list(own), [], 'Tools that are not shown; wins over allow.'),
    rename: key(table(own, shown), {}, 'Other names for tools; the prefix stays in front.'),
    describe: key(table(own, text('a description', 4096)), {}, 'Other descriptions.'),
    defaults: key(
      table(own, v.record(v.string('a name'), v.any(), 'a section with arguments')),
      {},
      'Arguments that are added where the caller sends none of the name.',
    ),
    permissions: key(table(own, list(effect)), {}, 'Effects of tools, told from their arguments: what the policy judges beside the scope.'),
  },
  'What is shown of its tools.',
);
