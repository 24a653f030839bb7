/** @module app/steps-down: the seven steps down of one gateway. */
import { AppError } from '../core/errors.ts';
import type { Step } from './lifecycle.ts';
import { withdrawServing } from './serving.ts';
import { within } from '../core/within.ts';
import type { Parts } from './parts.ts';

/** How long cancelled calls may take to end. */
const CANCEL_MS = 2000;

/** Each step bears that the parts it stops were never made. */
export function stepsDown(parts: Partial<Parts>): readonly Step[] {
  const drainMs = (): number => (parts.generations?.current().config.limits.drainSeconds ?? 0) * 1000;
  return [
    {
      name: 'stop intake',
      run: () => {
        parts.reloads?.close();
        if (parts.attach && parts.foundation) withdrawServing(parts.foundation.home);
        parts.http?.edge.closeIntake();
        parts.pipeline?.closeIntake(new AppError('SHUTTING_DOWN'));
      },
    },
    {
      name: 'drain',
      run: async () => {
        if (parts.pipeline) await within(parts.pipeline.drained(), drainMs());
      },
    },
    {
      name: 'cancel',
      run: async () => {
        parts.pipeline?.stop(new AppError('SHUTTING_DOWN'));
        if (parts.pipeline) await within(parts.pipeline.drained(), CANCEL_MS);
      },
    },
    {
      name: 'stop runtimes',
      run: async () => {
        await parts.mcp?.close();
        await parts.tcp?.stop();
        await parts.tasks?.close();
        parts.http?.closeStreams();
        await parts.attach?.stop();
        await parts.http?.edge.stop();
        parts.issuer?.close();
      },
    },
    {
      name: 'close targets',
      run: async () => {
        await parts.models?.close();
        await parts.upstreams?.close();
        parts.guards?.tokens.close();
        await parts.sandbox?.close();
      },
    },
    {
      name: 'flush audit and metrics',
      run: async () => {
        if (!parts.foundation) return;
        const { audit, clock } = parts.foundation;
        if (audit.stats().records > 0) await audit.append({ event: 'gateway_stopped', phase: 'notice', at: clock.now(), detail: { pid: process.pid } });
        await audit.close();
      },
    },
    {
      name: 'release',
      run: async () => {
        parts.brake?.close();
        await parts.generations?.close();
        await parts.foundation?.cluster?.close();
        await parts.foundation?.store.close();
      },
    },
  ];
}
