/** Tools for what the official suite does not look at. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ToolDefinition } from '../../../src/contracts/tool.ts';
import type { JsonObject } from '../../../src/core/json.ts';

/** How calls of the slow tool ended, latest last. */
export const endings: string[] = [];

/** Waits until it is cancelled or the milliseconds are over; calls back when it begins. */
export function slowTool(onBegin: () => void = () => undefined): ToolDefinition {
  return {
    name: 'slow',
    description: 'Takes its time.',
    isEnveloped: false,
    annotations: { readOnlyHint: true },
    input: { type: 'object', properties: { ms: { type: 'integer' } }, required: ['ms'] },
    handler: async (input, { signal }) => {
      const { ms } = input as JsonObject;
      onBegin();
      await sleep(Number(ms), undefined, { signal }).catch(() => undefined);
      endings.push(signal.aborted ? 'cancelled' : 'done');
      return { content: [{ type: 'text', text: signal.aborted ? 'cancelled' : 'done' }] };
    },
  };
}
