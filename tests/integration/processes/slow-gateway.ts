/** A program with a gateway and slow tools: `slow` ends when it is cancelled, `stubborn` never does. Prints its address and then nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp, defineTool, runApp } from '../../../src/index.ts';

const pause = (ms: number, signal?: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined);
const input = { type: 'object', properties: { ms: { type: 'integer' } }, required: ['ms'] };

const slow = defineTool<{ ms: number }>({
  name: 'slow',
  description: 'Takes its time.',
  input,
  async handler({ ms }, { signal }) {
    process.stderr.write('slow begins\n');
    await pause(ms, signal);
    return { ms };
  },
});
const stubborn = defineTool<{ ms: number }>({
  name: 'stubborn',
  description: 'Takes its time, whatever happens.',
  input,
  async handler({ ms }) {
    process.stderr.write('stubborn begins\n');
    await pause(ms);
    return { ms };
  },
});

const app = createApp({ tools: [slow, stubborn], config: { server: { port: 0 }, log: { level: 'debug' }, limits: { drainSeconds: Number(process.argv[2]) } } });
await runApp(app, { onReady: () => console.log(JSON.stringify(app.endpoints())) });
