/** @module config/sections/identity: who calls. */
import { DEFAULT_CONFIG } from '../defaults.ts';
import { key, list, section, text } from '../fields.ts';

/** Keys of `identity`. */
export const identitySection = section(
  {
    localRoles: key(
      list(text('the name of a role', 64)),
      [...DEFAULT_CONFIG.identity.localRoles],
      "Roles of the operating system's user over stdio and the local socket.",
    ),
  },
  'Who calls.',
);
