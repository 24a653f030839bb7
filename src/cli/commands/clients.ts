/** @module cli/commands/clients: `switchyard clients create|list|revoke`: clients of the embedded authorization server. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { rfc3339 } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { ClientGrant, MachineClient } from '../../contracts/authorization-server.ts';
import { action, placeOf } from '../command.ts';
import { toBudget } from './keys.ts';

interface CreateOptions {
  readonly grant: readonly string[];
  readonly scope: readonly string[];
  readonly role?: readonly string[];
  readonly redirect?: readonly string[];
  readonly tenant?: string;
  readonly claim?: readonly string[];
  readonly jwks?: string;
  readonly public?: boolean;
  readonly models?: readonly string[];
  readonly budget?: readonly string[];
}

const GRANTS: readonly ClientGrant[] = ['client_credentials', 'authorization_code', 'device_code'];
const MAX_KEY_FILE_BYTES = 65_536;

/** Registers the commands. */
export function registerClients(program: Command): void {
  const clients = program.command('clients').description('Clients of the embedded authorization server: create, list, revoke');
  clients
    .command('create <name>')
    .description('Create a client; its secret is shown once')
    .requiredOption('--scope <scope...>', 'what it may ask for, such as tools:read')
    .option('--grant <grant...>', `what it may do: ${GRANTS.join(', ')}`, ['client_credentials'])
    .option('--role <role...>', 'roles of its own, for client credentials')
    .option('--redirect <uri...>', 'where browsers go back to, for authorization codes')
    .option('--jwks <file>', 'public keys: it proves itself with private_key_jwt instead of a secret')
    .option('--public', 'it can keep no secret: an application on people’s machines')
    .option('--tenant <tenant>', 'tenant of the service')
    .option('--claim <name=value...>', 'further claims of its tokens')
    .option('--models <pattern...>', 'models it may call, such as fast or openai/*; commas or spaces between them')
    .option('--budget <budget...>', 'what it may use up: 5usd/day, 100000tokens/day, 1000requests/hour, 600sandbox-seconds/day; may be repeated')
    .action(
      action(async (output, options, name: string, given: CreateOptions) => {
        const { addClient } = await import('../../app/tasks/issuer.ts');
        const { client, secret } = await addClient(placeOf(options), {
          name,
          grants: given.grant.map(toGrant),
          scopes: given.scope,
          roles: given.role ?? [],
          redirectUris: given.redirect ?? [],
          tenant: given.tenant ?? null,
          claims: Object.fromEntries((given.claim ?? []).map(toClaim)),
          isPublic: given.public === true,
          ...(given.jwks === undefined ? {} : { jwks: readKeys(given.jwks) }),
          models: given.models?.flatMap((text) => text.split(',').filter((pattern) => pattern !== '')) ?? null,
          budgets: given.budget?.flatMap((text) => text.split(',')).map(toBudget) ?? [],
        });
        if (secret !== null) output.note('Keep this secret: it is not stored and cannot be shown again.');
        output.result(
          { ...shown(client), client_secret: secret },
          [`client_id      ${client.id}`, ...(secret === null ? [] : [`client_secret  ${secret}`])].join('\n'),
        );
      }),
    );
  clients
    .command('list')
    .alias('ls')
    .description('List the clients, newest first')
    .action(
      action(async (output, options) => {
        const { listClients } = await import('../../app/tasks/issuer.ts');
        const found = await listClients(placeOf(options));
        output.result(found.map(shown), () =>
          found.length === 0
            ? 'No clients. `switchyard clients create NAME --scope tools:read --role user` makes one.'
            : output.table([
                ['ID', 'NAME', 'GRANTS', 'SCOPES', 'ROLES', 'TENANT', 'PROVES ITSELF BY', 'CREATED'],
                ...found.map((client) => [
                  client.id,
                  client.name,
                  client.grants.join(','),
                  client.scopes.join(','),
                  client.roles.join(',') || '-',
                  client.tenant ?? '-',
                  client.authentication,
                  rfc3339(client.createdAt),
                ]),
              ]),
        );
      }),
    );
  clients
    .command('revoke <id>')
    .description('Remove a client with its consents and tokens, effective at once; also one that registered or describes itself')
    .action(
      action(async (output, options, id: string) => {
        const { revokeClient } = await import('../../app/tasks/issuer.ts');
        const unrecorded = await revokeClient(placeOf(options), id);
        if (unrecorded) output.note(`Revoked, but not recorded: ${unrecorded.code} ${unrecorded.message}`);
        output.result({ id, revoked: true, recorded: !unrecorded }, `Client ${id} is revoked.`);
      }),
    );
}

function toGrant(text: string): ClientGrant {
  const grant = GRANTS.find((known) => known === text);
  if (!grant) throw new AppError('USAGE', { message: `Not a grant: ${text}.`, fix: `Write one of ${GRANTS.join(', ')}.` });
  return grant;
}

function toClaim(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new AppError('USAGE', { message: `Not a claim: ${text}.`, fix: 'Write name=value.' });
  return [text.slice(0, at), text.slice(at + 1)];
}

function readKeys(file: string): unknown {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > MAX_KEY_FILE_BYTES) throw new AppError('USAGE', { message: 'The key set is larger than 64 KiB.' });
    return JSON.parse(text);
  } catch (cause) {
    throw AppError.is(cause)
      ? cause
      : new AppError('USAGE', { message: 'The file of --jwks cannot be read as JSON.', fix: 'Name a file with {"keys": [...]}.', cause });
  }
}

/** Everything but the hash. */
function shown({ secretHash: _hash, ...client }: MachineClient): Omit<MachineClient, 'secretHash'> {
  return client;
}
