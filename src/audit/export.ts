/** @module audit/export: records for other programs. */
import type { AuditRecord } from '../contracts/audit.ts';

/** `jsonl` one record a line, `json` one array, `csv` with a header line (RFC 4180, CRLF). */
export type ExportFormat = 'jsonl' | 'json' | 'csv';

/** Columns of the CSV form, in this order. `detail` and `checkpoint` are JSON. */
export const CSV_COLUMNS = [
  'time',
  'writer',
  'seq',
  'event',
  'phase',
  'outcome',
  'decision',
  'rule',
  'principal',
  'client',
  'door',
  'source',
  'method',
  'target',
  'durationMs',
  'callId',
  'parentId',
  'correlationId',
  'traceparent',
  'inputHmac',
  'detail',
  'checkpoint',
  'prev',
  'hash',
] as const;

/**
 * The records as text, piece by piece; the pieces joined are one document. CSV cells that a
 * spreadsheet would take for a formula get an apostrophe in front, so CSV is not for reading back.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export async function* exportRecords(records: AsyncIterable<AuditRecord>, format: ExportFormat): AsyncGenerator<string, void, undefined> {
  if (format === 'csv') yield `${CSV_COLUMNS.join(',')}\r\n`;
  let isFirst = true;
  for await (const record of records) {
    if (format === 'csv') yield `${CSV_COLUMNS.map((column) => toCell(record[column])).join(',')}\r\n`;
    else if (format === 'jsonl') yield `${JSON.stringify(record)}\n`;
    else yield `${isFirst ? '[\n' : ',\n'}${JSON.stringify(record)}`;
    isFirst = false;
  }
  if (format === 'json') yield isFirst ? '[]\n' : '\n]\n';
}

function toCell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
