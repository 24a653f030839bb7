/** @module cli/commands/keys: `switchyard keys create|list|revoke|rotate`. */
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { rfc3339, systemClock } from '../../core/clock.ts';
import { BUDGET_WORDS, formatBudget, formatUsd, parseBudget } from '../../contracts/budget-text.ts';
import type { Budget, BudgetState } from '../../contracts/spend.ts';
import type { ApiKeyRecord } from '../../contracts/store.ts';
import { action, placeOf } from '../command.ts';

interface CreateOptions {
  readonly role: readonly string[];
  readonly scope?: readonly string[];
  readonly service?: boolean;
  readonly expires?: string;
  readonly tenant?: string;
  readonly budget?: readonly string[];
  readonly models?: readonly string[];
  readonly profile?: readonly string[];
}

/** Registers the commands. */
export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('API keys: create, list, revoke, rotate');
  keys
    .command('create <name>')
    .description('Create a key; it is shown once')
    .option('--role <role...>', 'roles of the key', ['developer'])
    .option('--scope <scope...>', 'narrow the key to these scopes')
    .option('--service', 'the key belongs to a program, not to a person')
    .option('--expires <duration>', 'lifetime, such as 12h or 90d')
    .option('--tenant <tenant>', 'tenant of the key')
    .option('--models <pattern...>', 'models it may call, such as fast or openai/*; commas or spaces between them')
    .option('--profile <name...>', 'profiles through which alone it may be used: /mcp/<name>, and nothing else')
    .option('--budget <budget...>', 'what it may use up: 5usd/day, 100000tokens/day, 1000requests/hour, 600sandbox-seconds/day; may be repeated')
    .action(
      action(async (output, options, name: string, given: CreateOptions) => {
        const { addKey } = await import('../../app/tasks/keys.ts');
        const created = await addKey(placeOf(options), {
          name,
          kind: given.service === true ? 'service' : 'user',
          roles: given.role,
          scopes: given.scope ?? null,
          tenant: given.tenant ?? null,
          ttlSeconds: given.expires === undefined ? null : parseDuration(given.expires),
          models: given.models?.flatMap((text) => text.split(',').filter((pattern) => pattern !== '')) ?? null,
          profiles: given.profile ?? null,
          budgets: given.budget?.flatMap((text) => text.split(',')).map(toBudget) ?? [],
        });
        output.note('Keep this key: it is not stored and cannot be shown again.');
        if (created.unknownProfiles.length > 0) output.note(`The configuration has no profile ${created.unknownProfiles.join(', ')} yet.`);
        output.result({ key: created.key, ...shown(created.record) }, created.key);
      }),
    );
  keys
    .command('list')
    .alias('ls')
    .description('List the keys, newest first')
    .action(
      action(async (output, options) => {
        const { listKeys } = await import('../../app/tasks/keys.ts');
        const records = await listKeys(placeOf(options));
        output.result(
          records.map(({ use, ...record }) => ({ ...shown(record), budgets: use })),
          () =>
            records.length === 0
              ? 'No keys yet: `switchyard serve` makes the admin key.'
              : output.table([
                  ['ID', 'NAME', 'KIND', 'ROLES', 'STATE', 'CREATED', 'MODELS', 'PROFILES', 'BUDGETS (USED OF)'],
                  ...records.map((record) => [
                    record.id,
                    record.name,
                    record.kind,
                    record.roles.join(','),
                    stateOf(record),
                    rfc3339(record.createdAt),
                    record.models?.join(',') ?? 'all',
                    record.profiles?.join(',') ?? 'all',
                    record.use.map(usedOf).join(', ') || '-',
                  ]),
                ]),
        );
      }),
    );
  keys
    .command('revoke <id>')
    .description('Revoke a key, effective at once')
    .action(
      action(async (output, options, id: string) => {
        const { revokeKey } = await import('../../app/tasks/keys.ts');
        const unrecorded = await revokeKey(placeOf(options), id);
        if (unrecorded) output.note(`Revoked, but not recorded: ${unrecorded.code} ${unrecorded.message}`);
        output.result({ id, revoked: true, recorded: !unrecorded }, `Key ${id} is revoked.`);
      }),
    );
  keys
    .command('rotate <id>')
    .description('Replace a key by a new one with the same rights')
    .option('--grace <duration>', 'how long the old key goes on working', '1h')
    .action(
      action(async (output, options, id: string, { grace }: { readonly grace: string }) => {
        const { replaceKey } = await import('../../app/tasks/keys.ts');
        const created = await replaceKey(placeOf(options), id, parseDuration(grace));
        output.note(`The old key goes on working for ${grace}.`);
        output.result({ key: created.key, ...shown(created.record) }, created.key);
      }),
    );
}

/** A hundred years: dates this far from now can still be written and read everywhere. */
const MAX_DURATION_SECONDS = 36_500 * 86_400;

/** Seconds of `90`, `90s`, `15m`, `12h`, `90d`, at most a hundred years. @throws AppError USAGE */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})([smhd]?)$/.exec(text);
  const factor = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[match?.[2] ?? 'x'];
  const seconds = match && factor !== undefined ? Number(match[1]) * factor : Infinity;
  if (seconds > MAX_DURATION_SECONDS) throw new AppError('USAGE', { message: `Not a duration: ${text}.`, fix: 'Write 90s, 15m, 12h or 30d; 36500d at most.' });
  return seconds;
}

/** @throws AppError USAGE */
export function toBudget(text: string): Budget {
  const budget = parseBudget(text);
  if (!budget) throw new AppError('USAGE', { message: `Not a budget: ${text}.`, fix: `Write ${BUDGET_WORDS}.` });
  return budget;
}

/** Such as `0.42 of 5usd/day`, with what calls under way hold. */
function usedOf({ used, reserved, ...budget }: Budget & BudgetState): string {
  const show = (amount: number): string => (budget.unit === 'microUsd' ? formatUsd(amount) : String(amount));
  return `${show(used)}${reserved > 0 ? ` (+${show(reserved)} held)` : ''} of ${formatBudget(budget)}`;
}

function stateOf({ revokedAt, expiresAt }: Pick<ApiKeyRecord, 'revokedAt' | 'expiresAt'>): string {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt === null) return 'active';
  return expiresAt <= systemClock.now() ? 'expired' : `until ${rfc3339(expiresAt)}`;
}

/** Everything but the hash. */
function shown({ hash: _hash, ...record }: ApiKeyRecord): Omit<ApiKeyRecord, 'hash'> & { readonly state: string } {
  return { ...record, state: stateOf(record) };
}
