/** @module contracts/audit: the record of what was done. */

/** Names of audit events; targets may bring their own of the form file_*, client_*, config_*, pin_*, approval_*. */
export type AuditEventName =
  | 'auth_failed'
  | 'auth_blocked'
  | 'auth_succeeded'
  | 'tool_executed'
  | 'resource_read'
  | 'prompt_read'
  | 'catalog_listed'
  | 'completion_made'
  | 'subscription_opened'
  | 'model_called'
  | 'task_read'
  | 'task_answered'
  | 'task_cancelled'
  | 'admin_action'
  | 'permission_denied'
  | 'rate_limited'
  | 'quota_exceeded'
  | 'sandbox_violation'
  | 'gateway_started'
  | 'gateway_stopped'
  | `file_${string}`
  | `client_${string}`
  | `config_${string}`
  | `pin_${string}`
  | `approval_${string}`
  | `consent_${string}`
  | `token_${string}`
  | `key_${string}`;

/** One record as its writer knows it; the log adds sequence, hashes and the writer's id. */
export interface AuditEvent {
  readonly event: AuditEventName;
  /** `intent` is written before effects, `outcome` before the answer, `notice` for everything that is not a call. */
  readonly phase: 'intent' | 'outcome' | 'notice';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly callId?: string | undefined;
  readonly parentId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly door?: string | undefined;
  readonly source?: string | undefined;
  readonly principal?: string | undefined;
  readonly method?: string | undefined;
  readonly client?: string | undefined;
  readonly target?: string | undefined;
  readonly decision?: 'allow' | 'deny' | undefined;
  readonly rule?: string | undefined;
  /** `ok`, `input_required`, or the error code. */
  readonly outcome?: string | undefined;
  readonly durationMs?: number | undefined;
  /**
   * The call's input with the target's redacted members taken out. The log stores HMAC-SHA256 of its
   * JSON text under a key of this home, never the input.
   */
  readonly input?: unknown;
  /**
   * Small facts that are safe to keep: no content, no secrets. The outcome of a call that told what it
   * used has costMicroUsd, inputTokens, outputTokens (null = not known) and isEstimated.
   */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>> | undefined;
}

/** The append-only log. */
export interface AuditSink {
  /**
   * Resolves when the record is in the hands of the operating system (a kill −9 loses nothing that
   * was resolved). Records of one turn of the event loop share one write.
   *
   * @throws AppError AUDIT_UNAVAILABLE when no sink accepts it; the caller must refuse the call
   */
  append(event: AuditEvent): Promise<void>;
}

/** A stored record as readers see it. */
export interface AuditRecord {
  readonly seq: number;
  readonly time: string;
  readonly event: string;
  readonly phase: string;
  readonly [field: string]: unknown;
}

/** Reads the trail back, for `audit://recent`, the status page and the command line. */
export interface AuditReader {
  /** The newest records, newest first. */
  recent(limit: number): Promise<readonly AuditRecord[]>;
}
