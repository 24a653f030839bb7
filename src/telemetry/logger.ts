/** @module telemetry/logger: structured log lines on stderr. */
import { rfc3339, systemClock, type Clock } from '../core/clock.ts';
import { isObject } from '../core/json.ts';
import type { LogFields, Logger } from '../contracts/telemetry.ts';
import { redactText, toLoggable } from './redact.ts';
import { createStderrWriter } from './stderr-writer.ts';

const SEVERITY = { debug: 0, info: 1, warn: 2, error: 3, off: 4 } as const;
const COLOUR: Readonly<Record<LineLevel, string>> = { debug: '90', info: '36', warn: '33', error: '31' };
/** What JSON lets through and a terminal would obey: DEL, C1, line separators, writing direction. */
const TERMINAL_CONTROL = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

type LineLevel = Exclude<keyof typeof SEVERITY, 'off'>;

/** How much and where to. */
export interface LoggerOptions {
  /** Lowest level that is written. Default `info`. */
  readonly level?: keyof typeof SEVERITY;
  /** Takes one complete line with its newline. Default: stderr, dropping lines a blocked reader never takes. */
  readonly write?: (line: string) => void;
  /** For a person at a terminal instead of one JSON object a line. Default false. */
  readonly isPretty?: boolean;
  readonly clock?: Clock;
}

/**
 * A logger that writes {time (RFC 3339), level, message, …fields}, one JSON object a line. Secrets
 * are redacted by name and by look; control characters are escaped, so that one record is one line
 * whatever a client calls itself. Never throws: a log that cannot be written is lost.
 */
export function createLogger({ level = 'info', write = createStderrWriter(), isPretty = false, clock = systemClock }: LoggerOptions = {}): Logger {
  const format = isPretty ? formatPretty : formatJson;
  const at = (lineLevel: LineLevel): Logger['info'] => {
    if (SEVERITY[lineLevel] < SEVERITY[level]) return () => undefined;
    return (message, fields) => {
      try {
        write(`${format(rfc3339(clock.now()), lineLevel, message, fields)}\n`);
      } catch {
        // Nowhere left to say so.
      }
    };
  };
  return { isDebug: level === 'debug', debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function formatJson(time: string, level: LineLevel, message: string, fields: LogFields | undefined): string {
  const line = Object.assign(Object.create(null) as Record<string, unknown>, { time, level, message: redactText(String(message)) });
  for (const [name, value] of safeEntries(fields)) line[name in line ? `${name}_` : name] = value;
  return inOneLine(JSON.stringify(line));
}

function formatPretty(time: string, level: LineLevel, message: string, fields: LogFields | undefined): string {
  const text = JSON.stringify(redactText(String(message)))
    .slice(1, -1)
    .replaceAll('\\"', '"');
  let line = `\u001b[90m${time.slice(11, 19)}\u001b[0m \u001b[${COLOUR[level]}m${level.padEnd(5)}\u001b[0m ${inOneLine(text)}`;
  for (const [name, value] of safeEntries(fields)) {
    const shown = typeof value === 'string' && /^[\w.:@/+-]+$/.test(value) ? value : (JSON.stringify(value) ?? '');
    if (value !== undefined) line += ` \u001b[90m${inOneLine(JSON.stringify(name).slice(1, -1))}=\u001b[0m${inOneLine(shown)}`;
  }
  return line;
}

function safeEntries(fields: LogFields | undefined): readonly (readonly [string, unknown])[] {
  const safe = toLoggable(fields);
  return isObject(safe) ? Object.entries(safe) : [];
}

function inOneLine(text: string): string {
  return text.replace(TERMINAL_CONTROL, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
