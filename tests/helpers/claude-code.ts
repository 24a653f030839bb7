/** Claude Code with a home of its own, that speaks with one model API alone and asks nobody else. */
import { join } from 'node:path';
import type { Installed } from './on-demand.ts';

/** The file of its package that Node runs. */
export const claudeScript = ({ folder }: Pick<Installed, 'folder'>): string => join(folder, 'node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs');

/** Its environment: no way out but the model API at this address. */
export const claudeEnvironment = (home: string, modelApi: string): Readonly<Record<string, string>> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  ANTHROPIC_BASE_URL: modelApi,
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_AUTOUPDATER: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  IS_SANDBOX: '1',
});
