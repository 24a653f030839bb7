/** @module app/doctor/sandbox: what fences in the code of callers here, and why not better. */
import type { LoadedConfig } from '../../config/load.ts';
import type { HomePaths } from '../../contracts/home.ts';
import { systemClock } from '../../core/clock.ts';
import { buildSandbox } from '../sandbox-parts.ts';
import { type Finding, fine, warning } from './finding.ts';

/** Runs the self-test of the start; `switchyard sandbox test` runs the long one. */
export async function examineSandbox(loaded: LoadedConfig, home: HomePaths): Promise<Finding> {
  const sandbox = buildSandbox({ clock: systemClock, home, loaded }, () => loaded.config.sandbox);
  try {
    const { level, detail, fix, languages } = await sandbox.status();
    if (loaded.config.sandbox.level === 'off') return fine('sandbox', 'Switched off by sandbox.level: code of callers is refused.');
    const message = `Level ${level}: ${detail}${languages.length > 0 ? ` Languages: ${languages.join(', ')}.` : ''}`;
    return level === 'native'
      ? fine('sandbox', fix === null ? message : `${message} ${fix}`)
      : warning('sandbox', message, fix ?? 'Set sandbox.level to auto.');
  } finally {
    await sandbox.close();
  }
}
