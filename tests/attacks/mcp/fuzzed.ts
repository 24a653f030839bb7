/** The shipped gateway for bad input: the fixture of the differential test, one tool that asks, small limits. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ToolDefinition } from '../../../src/contracts/tool.ts';
import { startShipped } from '../../integration/differential/servers.ts';

const asks: ToolDefinition = {
  name: 'asks',
  description: 'Asks the person.',
  input: { type: 'object' },
  isEnveloped: false,
  scopes: [],
  annotations: { readOnlyHint: true },
  handler: async (_input, context) => {
    await context.elicit('name', 'Who?', { type: 'object', properties: { name: { type: 'string' } } });
    return { content: [] };
  },
};

/** Bodies up to 64 KiB. */
export const startFuzzed = (): ReturnType<typeof startShipped> => startShipped({ tools: [asks], limits: { maxBodyBytes: 65_536 } });

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use once what nobody needs is gone. */
export function heapAfterCollection(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
