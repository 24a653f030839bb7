/** @module config/sections/profiles: views of the catalogue with an endpoint of their own. */
import * as v from 'valibot';
import { choice, key, list, orNull, pattern, section, table, text } from '../fields.ts';
import { TOOL_SEARCH_MODES } from './tool-search.ts';

const profileName = pattern(/^[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?$/, 'a name (lower-case letters, digits, - and _, at most 32)');
const upstreamName = pattern(/^[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?$/, 'the name of an upstream');
const name = pattern(/^[^\x00-\x1f\x7f]{1,256}$/, 'a name, or a pattern such as github__*');
const shown = pattern(/^[A-Za-z0-9_.-]{1,64}$/, 'a name (letters, digits, _ . and -, at most 64)');
const role = pattern(/^[A-Za-z][\w.-]{0,63}$/, 'the name of a role');
const scope = pattern(/^(?:\*|[a-z][\w-]*(?::[\w.*-]+)+)$/, 'a scope such as tools:read');

const filter = {
  allow: key(orNull(list(name)), null, 'What is shown, as the lists of the gateway name it; `*` = any characters. Null = all.'),
  deny: key(list(name), [], 'What is not shown; wins over allow.'),
};
const names = {
  ...filter,
  rename: key(table(name, shown), {}, 'Other names, by the name in the lists of the gateway.'),
  describe: key(table(name, text('a description', 4096)), {}, 'Other descriptions, by the name in the lists of the gateway.'),
};

const access = section(
  {
    roles: key(orNull(list(role)), null, 'One of these roles is needed; null = any.'),
    scopes: key(list(scope), [], 'All of these scopes are needed.'),
    principals: key(orNull(list(name)), null, "Patterns of which the principal's id must match one; null = any."),
  },
  'Who may use it: every condition that is written must be met. What they may call there is decided by the policy, as everywhere.',
);

const profile = section(
  {
    upstreams: key(orNull(list(upstreamName)), null, 'Upstreams that belong to it, in the order of their precedence; null = all.'),
    hasOwn: key(
      orNull(v.boolean('true or false')),
      null,
      "Whether the gateway's own tools, resources and prompts belong to it; null = only where upstreams is null.",
    ),
    access: v.optional(access, {}),
    toolSearch: key(orNull(choice(TOOL_SEARCH_MODES)), null, 'Whether tools/list shows search tools instead of all; null = as toolSearch.mode says.'),
    tools: v.optional(
      section(
        {
          ...names,
          defaults: key(
            table(name, v.record(v.string('a name'), v.any(), 'a section with arguments')),
            {},
            'Arguments that are added where the caller sends none of the name, by the name in the lists of the gateway.',
          ),
        },
        'Its tools.',
      ),
      {},
    ),
    prompts: v.optional(section(names, 'Its prompts.'), {}),
    resources: v.optional(section(filter, 'Its resources, by URI, and its templates, by their text.'), {}),
  },
  'One profile.',
);

/** Profiles by name. */
export const profilesSection = v.pipe(
  table(profileName, profile),
  v.description('Views of the catalogue with an endpoint of their own, /mcp/<name>, by a name of your choice.'),
);
