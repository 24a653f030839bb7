/** @module cli/commands/doctor: `switchyard doctor`. */
import type { Command } from 'commander';
/** Registers the command. */
export function registerDoctor(_program: Command): void {}
