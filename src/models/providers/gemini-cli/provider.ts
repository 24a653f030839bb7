/** @module models/providers/gemini-cli/provider: the program `gemini` as a provider of text. */
import type { ProviderRequest, ProviderResponse } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { dialectsBy, requireConfigured, whatIsMissing } from '../http-provider.ts';
import type { ProviderModule } from '../provider-module.ts';
import { programOf } from './address.ts';

/** No tools of servers and extensions that the user of the machine has set up for himself. */
const BARE: readonly string[] = ['--extensions', 'none', '--allowed-mcp-server-names', 'none'];
const VERSION_MS = 15_000;
const VERSION_BYTES = 65_536;

/** Kind `gemini-cli`: text in, text out; a stream is one event. @see https://geminicli.com/docs/cli/headless */
export const geminiCli: ProviderModule = {
  baseUrls: () => [],
  create(name, config, { env = process.env }) {
    const { kind, apiKey, models } = config;
    const missingOf = (): string | undefined => {
      const missing = whatIsMissing(name, config, []);
      if (missing !== undefined || programOf(config, env) !== undefined) return missing;
      return config.command === null
        ? `Install the Gemini CLI (npm install -g @google/gemini-cli) so that gemini is in PATH, or set models.providers.${name}.command.`
        : `Set models.providers.${name}.command to the absolute path of a program that may be run.`;
    };
    const programNow = (): string => {
      requireConfigured(name, missingOf());
      return programOf(config, env) ?? '';
    };
    return {
      name,
      kind,
      // Looked up at each question: the program may be installed while the gateway runs.
      get missing() {
        return missingOf();
      },
      isSimulated: false,
      dialects: dialectsBy({ generate: ['gemini'] }),
      async send(request) {
        const program = programNow();
        const [{ promptOf }, { runProgram }, { answerOf }] = await Promise.all([import('./prompt.ts'), import('./run.ts'), import('./answer.ts')]);
        const input = promptOf(request.body);
        const { scope, maxBytes, firstByteMs: timeoutMs } = request;
        const args = [`--model=${request.model}`, '--output-format', 'json', ...BARE];
        return responseOf(request, answerOf(await runProgram({ program, args, env, apiKey, input, scope, timeoutMs, maxBytes })));
      },
      classify: (status) => new AppError('PROVIDER_FAILED', { data: { providerStatus: status } }),
      /** The program lists no models: it is asked for its version, and the names are the operator's own. */
      async listModels(scope) {
        const program = programNow();
        const { runProgram } = await import('./run.ts');
        const { exitCode } = await runProgram({
          program,
          args: ['--version'],
          env,
          apiKey: null,
          input: '',
          scope,
          timeoutMs: VERSION_MS,
          maxBytes: VERSION_BYTES,
        });
        if (exitCode !== 0) throw new AppError('PROVIDER_FAILED', { message: 'The Gemini CLI does not tell its version.', data: { exitCode } });
        return models;
      },
    };
  },
};

function responseOf({ isStream }: ProviderRequest, answer: string): ProviderResponse {
  const text = isStream ? `data: ${answer}\n\n` : answer;
  return { status: 200, headers: { 'content-type': isStream ? 'text/event-stream' : 'application/json' }, body: once(Buffer.from(text)) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(bytes);
}
