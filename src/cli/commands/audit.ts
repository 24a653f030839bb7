/** @module cli/commands/audit: `switchyard audit verify|tail|query|export`. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { AuditRecord } from '../../contracts/audit.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import type { AuditFilter, AuditFolders, VerifyResult } from '../../app/tasks/audit-trail.ts';
import { action, namedHome, readConfig, type GlobalOptions } from '../command.ts';
import type { Output } from '../output.ts';
import { print, readerLeft } from '../reader.ts';

interface FilterOptions {
  readonly since?: string;
  readonly until?: string;
  readonly event?: string;
  readonly principal?: string;
  readonly target?: string;
  readonly outcome?: string;
  readonly correlation?: string;
  readonly limit?: string;
}

/** Registers the commands. */
export function registerAudit(program: Command): void {
  const audit = program.command('audit').description('the audit trail: verify, tail, query, export');
  audit
    .command('verify')
    .description('Check that the trail is complete and unchanged')
    .option('--key <file>', 'public key (PEM) that was kept elsewhere')
    .option('--head <file>', 'checkpoint (JSON) that was kept elsewhere')
    .action(
      action(async (output, options, given: { readonly key?: string; readonly head?: string }) => {
        const { verifyAudit } = await import('../../app/tasks/audit-trail.ts');
        const result = await verifyAudit({
          ...(await foldersOf(options, output)),
          ...(given.key === undefined ? {} : { publicKeys: [await readGiven(given.key)] }),
          ...(given.head === undefined ? {} : { heads: parseHeads(await readGiven(given.head)) }),
        });
        output.result(result, () => verdict(result, output));
        return result.ok ? 0 : new AppError('AUDIT_BROKEN').facts.exitCode;
      }),
    );
  audit
    .command('tail')
    .description('Show the last records; with -f also the new ones as they come')
    .option('-n, --lines <count>', 'records to begin with', '10')
    .option('-f, --follow', 'go on until Ctrl-C')
    .action(
      action(async (output, options, given: { readonly lines: string; readonly follow?: boolean }) => {
        const { tailAudit } = await import('../../app/tasks/audit-trail.ts');
        const { directories } = await foldersOf(options, output);
        const stop = new AbortController();
        process.once('SIGINT', () => stop.abort());
        const signal = AbortSignal.any([stop.signal, readerLeft]);
        for await (const record of tailAudit({ directories, last: parseCount(given.lines), isFollowing: given.follow === true, signal })) {
          if (!(await print(output.isJson ? `${JSON.stringify(record)}\n` : `${line(record, output)}\n`))) return;
        }
      }),
    );
  withFilter(audit.command('query').description('Find records, newest first'), '100').action(
    action(async (output, options, given: FilterOptions) => {
      const { queryAudit } = await import('../../app/tasks/audit-trail.ts');
      const found: AuditRecord[] = [];
      for await (const record of queryAudit((await foldersOf(options, output)).directories, toFilter(given))) found.push(record);
      output.result(found, () => (found.length === 0 ? 'No record matches.' : found.map((record) => line(record, output)).join('\n')));
    }),
  );
  withFilter(audit.command('export').description('Write records for other programs, oldest first'), undefined)
    .option('--format <format>', 'jsonl, json or csv', 'jsonl')
    .action(
      action(async (output, options, given: FilterOptions & { readonly format: string }) => {
        const { format } = given;
        if (format !== 'jsonl' && format !== 'json' && format !== 'csv')
          throw new AppError('USAGE', { message: `Unknown format: ${format}.`, fix: 'Use jsonl, json or csv.' });
        const { queryAudit, exportRecords } = await import('../../app/tasks/audit-trail.ts');
        const { directories } = await foldersOf(options, output);
        for await (const piece of exportRecords(queryAudit(directories, toFilter(given), 'oldest'), format)) {
          if (!(await print(piece))) return;
        }
      }),
    );
}

function withFilter(command: Command, limit: string | undefined): Command {
  return command
    .option('--since <time>', 'RFC 3339 time, or a duration back from now such as 2h')
    .option('--until <time>', 'likewise')
    .option('--event <name>', 'such as tool_executed')
    .option('--principal <id>', 'such as key:ab12cd34ef56')
    .option('--target <kind:name>', 'such as tool:read_file')
    .option('--outcome <outcome>', 'ok, or the code of an error')
    .option('--correlation <id>', 'id of one call, as answers carry it')
    .option('--limit <count>', 'at most so many records', limit);
}

/** Where the configuration puts the trail. */
async function foldersOf(options: GlobalOptions, output: Output): Promise<AuditFolders> {
  const { auditFolders, ownAuditFolders } = await import('../../app/tasks/audit-trail.ts');
  const home = namedHome(options);
  try {
    return auditFolders((await readConfig(options)).config, home);
  } catch (thrown) {
    // A trail is wanted most when something is broken: the configuration, for instance.
    output.note(`The configuration cannot be read (${toAppError(thrown).code}): looking where the trail lies by default.`);
    return ownAuditFolders(home);
  }
}

function toFilter({ since, until, event, principal, target, outcome, correlation, limit }: FilterOptions): AuditFilter {
  return {
    event,
    principal,
    target,
    outcome,
    correlationId: correlation,
    since: since === undefined ? undefined : parseTime(since),
    until: until === undefined ? undefined : parseTime(until),
    limit: limit === undefined ? undefined : parseCount(limit),
  };
}

/** Epoch milliseconds. @throws AppError USAGE */
function parseTime(text: string): number {
  const back = /^(\d{1,9})([smhd])$/.exec(text);
  if (back) return Date.now() - Number(back[1]) * 1000 * ({ s: 1, m: 60, h: 3600, d: 86_400 }[back[2] ?? 's'] ?? 1);
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new AppError('USAGE', { message: `Not a time: ${text}.`, fix: 'Write 2026-11-21T08:00:00Z, or 2h for two hours ago.' });
  return at;
}

function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new AppError('USAGE', { message: `Not a number: ${text}.` });
  return Number(text);
}

async function readGiven(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError('USAGE', { message: `The file ${path} cannot be read.`, fix: 'Name a file that exists.', cause });
  }
}

function parseHeads(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch (cause) {
    throw new AppError('USAGE', { message: 'The head is not JSON.', cause });
  }
}

function verdict(result: VerifyResult, output: Output): string {
  const { ok, trust, segments, records, findings, findingCount, notes } = result;
  const lines = [
    `${ok ? output.style('green', 'The audit trail verifies') : output.style('red', 'THE AUDIT TRAIL IS BROKEN')}: ${records} records in ${segments} segments.`,
    trust === 'same-trust'
      ? 'Trust: same-trust. The key lies beside the log; pass --key with a public key kept elsewhere to rule out an exchange of both.'
      : 'Trust: external. Checked with the key you gave.',
    ...notes.map((note) => `Note: ${note}`),
    ...findings.map((finding) => `${output.style('red', finding.kind)}  ${JSON.stringify(finding)}`),
    ...(findingCount > findings.length ? [`… and ${findingCount - findings.length} more findings.`] : []),
  ];
  return lines.join('\n');
}

function line(record: AuditRecord, output: Output): string {
  const text = (key: string): string => String(record[key] ?? '-').replace(/\p{Cc}/gu, ' ');
  const outcome = text('outcome');
  const shown = outcome === 'ok' ? output.style('green', outcome) : outcome === '-' ? outcome : output.style('yellow', outcome);
  return `${record.time}  ${text('event')}/${text('phase')}  ${text('principal')}  ${text('target')}  ${shown}  ${output.style('dim', text('correlationId'))}`;
}
