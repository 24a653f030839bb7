/** What waits for a person, with what a test does not care about filled in. */
import type { KeptCall, ShownApproval } from '../../src/contracts/approvals.ts';

export const heldCall = (members: Partial<KeptCall> = {}): KeptCall => ({
  id: 'call-0123456789abcdef',
  hash: 'h',
  principal: 'test:user',
  client: null,
  target: 'tool:pay',
  rules: ['ask:pay'],
  reason: 'Money.',
  by: 'operator',
  arguments: '{ "to": "bob" }',
  state: 'waiting',
  at: 0,
  expiresAt: 10_000_000,
  uses: 2,
  validSeconds: 60,
  usesLeft: 0,
  decidedBy: null,
  ...members,
});

export const shownApproval = (id: string, members: Partial<ShownApproval> = {}): ShownApproval => ({
  id,
  upstream: 'shop',
  identity: { transport: 'http', url: 'https://shop.example/mcp', headers: [] },
  kind: 'tool',
  name: 'pay',
  shownName: 'pay',
  hash: `sha256:${'0'.repeat(64)}`,
  reason: 'new',
  findings: [],
  since: 0,
  isRejected: false,
  definition: { name: 'pay' },
  previous: null,
  diff: '--- a\n+++ b\n@@ /description @@\n+More.',
  isDiffWhole: true,
  ...members,
});
