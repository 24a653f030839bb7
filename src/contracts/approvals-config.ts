/** @module contracts/approvals-config: how calls that wait for a person are kept and announced. */
import { deepFreeze } from '../core/json.ts';

/** Keys of `approvals`. Which calls wait is said by rules of the policy. */
export interface ApprovalsConfig {
  /** Seconds that a call waits for an answer of the person at its client. */
  readonly waitSeconds: number;
  /** Seconds after which a request that nobody decided is forgotten; a refusal as long after the request. */
  readonly pendingSeconds: number;
  /** Requests that one principal may have waiting. */
  readonly maxPerPrincipal: number;
  /** Requests, refusals and approvals that are kept at once. */
  readonly maxKept: number;
  /** Whether who made a call may also be the operator who approves it. */
  readonly selfApproval: boolean;
  /** Told of each request that waits for an operator. */
  readonly webhook: ApprovalWebhookConfig;
}

/** Where requests are announced. */
export interface ApprovalWebhookConfig {
  /** Null = nobody is told. */
  readonly url: string | null;
  /** Key of the HMAC-SHA256 over the message; null = it is not signed. */
  readonly secret: string | null;
  readonly timeoutMs: number;
}

/** The defaults. */
export const DEFAULT_APPROVALS: ApprovalsConfig = deepFreeze({
  waitSeconds: 120,
  pendingSeconds: 3600,
  maxPerPrincipal: 20,
  maxKept: 500,
  selfApproval: false,
  webhook: { url: null, secret: null, timeoutMs: 5000 },
});
