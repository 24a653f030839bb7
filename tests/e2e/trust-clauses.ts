/** Clauses of the rows A, P, L and S of the specification: who calls, what is allowed, how much, and the fences around files and code. */
export const TRUST_CLAUSES: Readonly<Record<string, readonly string[]>> = {
  A5: ['no default password: the first start writes an admin key 0600 and prints a one-time URL'],
  A7: ['ten failed authentications block; on loopback they only slow down', 'wrong, expired, revoked and truncated keys are refused'],
  P1: ['default deny; deny wins', 'roles guest, user, developer, admin give their scopes and are configurable'],
  P2: ['permissions are decided on the real arguments', 'resource globs in which * does not cross /', 'parameter limits of rules'],
  P3: ['a caller lists only what it may call', 'tools why explains every hidden or denied tool'],
  P6: ['every door, route and tool has a policy, proven by enumeration'],
  L1: [
    'per minute by role: guest 60, user 300, admin 1000',
    'generation tools 10 per minute and key',
    'per source address 500 per minute, except loopback',
    'burst of 20',
    'concurrency 100 and a queue of 1000, by priority; subscriptions take no slot',
    'daily quotas of tokens and cost',
    'rate headers, and 429 with Retry-After',
    'daily quotas of sandbox seconds',
    'counted in memory, or for several nodes on Redis or PostgreSQL',
    'Redis lost: an insurance in memory, never open',
    'keys and budgets on PostgreSQL, shared by several nodes; a server that is gone fails typed and is found again',
  ],
  L2: ['the kill switch stops calls at once', 'effective on every node in less than a second'],
  S4: [
    'no file outside the root by .., absolute path, Unicode or case trick',
    'no file outside the root by symbolic link, hard link, device or fifo',
    'a swap race of 20 000 reads leaks nothing',
    'atomic writes and size caps',
  ],
};
