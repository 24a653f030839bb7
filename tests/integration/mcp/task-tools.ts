/** Tools for tests of tasks. */
import type { ToolContext, ToolDefinition, ToolTask } from '../../../src/contracts/tool.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { form } from '../../conformance/fixture/questions.ts';

const say = (text: string): { content: JsonObject[] } => ({ content: [{ type: 'text', text }] });

/** What a test can open, and wait for. */
export class Gate {
  readonly #waiting = new Set<() => void>();
  #isOpen = false;

  open(): void {
    this.#isOpen = true;
    for (const go of this.#waiting) go();
  }

  passed(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isOpen) resolve();
      this.#waiting.add(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }
}

function tool(name: string, handler: (context: ToolContext) => Promise<unknown>, task?: ToolTask): ToolDefinition {
  return {
    name,
    description: `The tool ${name}.`,
    isEnveloped: false,
    input: { type: 'object' },
    ...(task ? { task } : {}),
    handler: (_input, context) => handler(context),
  };
}

/** @param begun called with the name of each tool whose handler runs */
export function taskTools(gate: Gate, begun: (name: string) => void, ended: (name: string) => void): readonly ToolDefinition[] {
  const wait = async (name: string, { signal }: ToolContext): Promise<unknown> => {
    begun(name);
    try {
      await gate.passed(signal);
      return say(`${name} is done`);
    } finally {
      ended(signal.aborted ? `${name} aborted` : name);
    }
  };
  return [
    tool('waits', (context) => wait('waits', context), { timeoutSeconds: 600 }),
    tool('at_once', (context) => wait('at_once', context), { begins: 'at-once', timeoutSeconds: 600 }),
    tool('never_task', (context) => wait('never_task', context), { begins: 'never' }),
    tool('required', (context) => wait('required', context), { begins: 'at-once', isRequired: true }),
    tool('fails', async () => Promise.reject(new Error('secret detail')), { begins: 'at-once' }),
    tool('tells', async (context) => {
      await context.beginTask();
      await context.progress(3, 10, 'third of ten');
      await gate.passed(context.signal);
      return say('told');
    }),
    tool(
      'asks',
      async (context) => {
        const first = await context.ask({ name: form('Who?', { name: { type: 'string' } }) });
        const second = await context.ask({ name: form('Really?', { name: { type: 'string' } }) });
        return say(JSON.stringify([first['name']?.['content'], second['name']?.['content']]));
      },
      { begins: 'at-once', timeoutSeconds: 600 },
    ),
    tool('huge', async () => say('x'.repeat(5 * 1024 * 1024)), { begins: 'at-once' }),
  ];
}
