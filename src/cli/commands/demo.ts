/** @module cli/commands/demo: `switchyard demo`: streaming, failover, cost and audit, without any key. */
import type { Command } from 'commander';
import type { Demo, DemoBehaviour, DemoCall } from '../../app/tasks/demo.ts';
import type { LogFields, Logger } from '../../contracts/telemetry.ts';
import { AppError } from '../../core/errors.ts';
import { action } from '../command.ts';
import type { Output } from '../output.ts';

interface DemoCommandOptions {
  readonly slow?: boolean;
  readonly failing?: boolean;
  readonly cut?: boolean;
  readonly serve?: boolean;
  readonly port?: string;
}

const MILLION = 1_000_000;

/** Registers the command. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('Show streaming, failover, cost and audit with simulated models; nothing is kept, no key is needed')
    .option('--slow', 'the first model takes its time')
    .option('--failing', 'the first model fails')
    .option('--cut', 'the first model breaks off in the middle of its answer')
    .option('--serve', 'stay, so that clients can call the simulated models')
    .option('--port <number>', 'port to listen on (default: any free one)', '0')
    .action(
      action(async (output, _options, given: DemoCommandOptions) => {
        const { startDemo } = await import('../../app/tasks/demo.ts');
        const demo = await startDemo({ behaviour: behaviourOf(given), port: parsePort(given.port), logger: labelledLogger() });
        try {
          if (given.serve === true) await serve(demo, output);
          else await walk(demo, behaviourOf(given), output);
        } finally {
          await demo.stop();
        }
      }),
    );
}

/** @throws AppError USAGE for more than one */
function behaviourOf({ slow, failing, cut }: DemoCommandOptions): DemoBehaviour {
  const wanted = (['slow', 'failing', 'cut'] as const).filter((_name, index) => [slow, failing, cut][index] === true);
  if (wanted.length > 1) throw new AppError('USAGE', { message: 'The first model behaves in one way.', fix: 'Use one of --slow, --failing and --cut.' });
  return wanted[0] ?? 'steady';
}

function parsePort(text = '0'): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new AppError('USAGE', { message: `Not a port: ${text}.`, fix: 'Use a number from 0 to 65535.' });
  return Number(text);
}

/** What goes wrong is said here too, and that it is a simulation. */
function labelledLogger(): Logger {
  const write = (level: string, message: string, fields: LogFields = {}): void =>
    void process.stderr.write(`${JSON.stringify({ level, message: `[simulated] ${message}`, simulated: true, ...fields })}\n`);
  return {
    isDebug: false,
    debug: () => undefined,
    info: () => undefined,
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  };
}

async function walk(demo: Demo, behaviour: DemoBehaviour, output: Output): Promise<void> {
  const say = (text: string): void => {
    if (!output.isJson) process.stdout.write(text);
  };
  const title = (text: string): void => say(`\n${output.style('bold', text)}\n`);
  const show = async (model: string, isWhole = false): Promise<DemoCall> => {
    const call = await demo.call(model, say, isWhole);
    say(`\n${describeCall(call, output)}\n`);
    return call;
  };
  say(`${output.style('yellow', 'SIMULATED: models, answers and prices are made up. The gateway, its policy, limits, failover, costs and audit are real.')}\n`);
  title('1. A stream');
  const stream = await show('demo');
  title('2. Failover: the first model fails, the second answers');
  const failover = await show('demo-failover');
  title('3. A stream that breaks off: an error, never half an answer that looks whole');
  const cut = await show('demo-cut');
  title('4. The same, kept back until it is whole (X-Switchyard-Hold-Back: complete): the second model answers');
  const held = await show('demo-cut', true);
  const [cost, audit] = [await demo.cost(), await demo.audit()];
  title('5. What it cost (simulated prices)');
  say(
    `${output.table([['MODEL', 'REQUESTS', 'SIMULATED USD'], ...cost.map(({ target, requests, costMicroUsd }) => [target, String(requests), costMicroUsd === null ? 'unknown' : (costMicroUsd / MILLION).toFixed(6)])])}\n`,
  );
  title('6. The audit trail');
  say(
    `${audit.records} records, ${audit.isValid ? output.style('green', 'the chain holds') : output.style('red', 'the chain is broken')}. Every attempt above is one of them.\n`,
  );
  say('\nNext: set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY and run `switchyard serve`; or stay here with `switchyard demo --serve`.\n');
  if (output.isJson) output.result({ simulated: true, behaviour, stream, failover, cut, held, simulatedCost: cost, audit }, '');
}

function describeCall({ attempts, error, servedBy }: DemoCall, output: Output): string {
  const tried = attempts.map(({ target, outcome }) => `${target.replace('model:', '')} ${outcome}`).join(' → ');
  const end = error === null ? output.style('green', `whole answer of ${servedBy ?? 'nobody'}`) : output.style('red', `error ${error}`);
  return `  ${output.style('dim', 'attempts')}  ${tried}\n  ${output.style('dim', 'ended as')}  ${end}`;
}

async function serve({ url, key }: Demo, output: Output): Promise<void> {
  const curl = `curl -N ${url}/v1/chat/completions -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" -d '{"model":"demo","stream":true,"messages":[{"role":"user","content":"Hello"}]}'`;
  output.result({ simulated: true, url, key, models: ['demo', 'demo-failover', 'demo-cut'] }, () =>
    [
      output.style('yellow', 'SIMULATED models, on a gateway whose home is removed at its end.'),
      '',
      `  OPENAI_BASE_URL=${url}/v1 OPENAI_API_KEY=${key}`,
      `  ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${key}`,
      '  Models: demo, demo-failover, demo-cut',
      '',
      `  ${curl}`,
      '',
      'Ctrl-C ends it.',
    ].join('\n'),
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
