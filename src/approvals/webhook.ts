/** @module approvals/webhook: tells somebody outside that a call waits. */
import { createHmac } from 'node:crypto';
import type { ApprovalWebhookConfig } from '../contracts/approvals-config.ts';
import type { KeptCall } from '../contracts/approvals.ts';
import type { Egress } from '../contracts/egress.ts';
import type { Logger } from '../contracts/telemetry.ts';
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import { readWhole } from '../core/read-bytes.ts';
import { Scope } from '../core/scope.ts';

const MAX_ANSWER_BYTES = 65_536;
/** Announcements under way; beyond, they are dropped: the queue itself is what counts. */
const MAX_RUNNING = 16;

/** What announcing needs. */
export interface WebhookPorts {
  readonly config: () => ApprovalWebhookConfig;
  /** A way out to the origin of this URL alone. */
  readonly createEgress: (url: string) => Egress;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Posts `{event, approval}` as JSON, once, without redirects. With a secret the header `switchyard-signature` is
 * `t=<epoch seconds>,v1=<HMAC-SHA256 of "<t>.<body>", hexadecimal>`. A failure is logged and changes nothing.
 */
export function createAnnouncer({ config, createEgress, clock, logger }: WebhookPorts): (call: KeptCall) => void {
  let running = 0;

  const post = async (url: string, { secret, timeoutMs }: ApprovalWebhookConfig, call: KeptCall): Promise<void> => {
    const egress = createEgress(url);
    const scope = new Scope({ timeoutMs });
    const body = JSON.stringify({ event: 'approval_requested', approval: call });
    const seconds = Math.floor(clock.now() / 1000);
    const signature =
      secret === null ? {} : { 'switchyard-signature': `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}` };
    try {
      const response = await egress.send({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', ...signature },
        body: Buffer.from(body),
        scope,
        firstByteMs: timeoutMs,
        idleMs: timeoutMs,
        maxBytes: MAX_ANSWER_BYTES,
      });
      await readWhole(response.body);
      if (response.status >= 300) logger.warn('approval not announced', { approval: call.id, status: response.status });
    } finally {
      scope.end();
      egress.close();
    }
  };

  return (call) => {
    const webhook = config();
    if (webhook.url === null) return;
    if (running >= MAX_RUNNING) return logger.warn('approval not announced', { approval: call.id, cause: 'too many announcements are under way' });
    running += 1;
    post(webhook.url, webhook, call)
      .catch((error: unknown) => logger.warn('approval not announced', { approval: call.id, cause: describeError(error) }))
      .finally(() => {
        running -= 1;
      });
  };
}
