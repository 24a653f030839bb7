/** @module config/sections/approvals: how calls that wait for a person are kept and announced. */
import * as v from 'valibot';
import { DEFAULT_APPROVALS } from '../../contracts/approvals-config.ts';
import { integer, key, orNull, pattern, section } from '../fields.ts';

const DAY_SECONDS = 86_400;
const words = 'a URL such as https://ops.example.org/approvals (http or https, no user)';
const url = v.pipe(v.string(words), v.check(isWebUrl, words));

const webhook = section(
  {
    url: key(orNull(url), null, 'Gets a POST for each request that waits for an operator; null = nobody is told.'),
    secret: key(
      orNull(pattern(/^[\x21-\x7e]{16,4096}$/, 'a key (one word of at least 16 characters, no spaces)')),
      null,
      'Signs the message: HMAC-SHA256. Write ${NAME}.',
    ),
    timeoutMs: key(integer(1, 60_000), 5000, 'Milliseconds until it must have answered.'),
  },
  'Who is told of calls that wait.',
);

/** Keys of `approvals`. */
export const approvalsSection = section(
  {
    waitSeconds: key(integer(1, DAY_SECONDS), DEFAULT_APPROVALS.waitSeconds, 'Seconds that a call waits for the person at its client.'),
    pendingSeconds: key(
      integer(1, 30 * DAY_SECONDS),
      DEFAULT_APPROVALS.pendingSeconds,
      'Seconds after which a request that nobody decided is forgotten; a refusal is remembered as long.',
    ),
    maxPerPrincipal: key(integer(1, 1000), DEFAULT_APPROVALS.maxPerPrincipal, 'Requests that one principal may have waiting.'),
    maxKept: key(integer(1, 1000), DEFAULT_APPROVALS.maxKept, 'Requests, refusals and approvals that are kept at once.'),
    selfApproval: key(
      v.boolean('true or false'),
      DEFAULT_APPROVALS.selfApproval,
      'Whether who made a call may also approve it with `switchyard approvals` and the admin API.',
    ),
    webhook: v.optional(webhook, {}),
  },
  'Calls that wait for a person. Which ones do is said by rules of the policy with `effect: ask`.',
);

function isWebUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}
