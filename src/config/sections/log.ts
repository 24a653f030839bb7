/** @module config/sections/log: the gateway's own log. */
import { DEFAULT_CONFIG } from '../defaults.ts';
import { choice, key, section } from '../fields.ts';

/** Keys of `log`. */
export const logSection = section(
  {
    level: key(choice(['debug', 'info', 'warn', 'error']), DEFAULT_CONFIG.log.level, 'The lowest severity that is written to stderr.'),
  },
  "The gateway's own log.",
);
