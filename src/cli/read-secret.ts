/** @module cli/read-secret: a value from stdin, or typed by a person without being shown. */
import { AppError } from '../core/errors.ts';

const MAX_BYTES = 262_144;
const ENTER: ReadonlySet<string> = new Set(['\r', '\n', '\u0004']);
const CONTROL_C = '\u0003';
const BACKSPACE: ReadonlySet<string> = new Set(['\u007f', '\b']);

/** What is read from. */
export interface SecretInput {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: { write(text: string): unknown };
}

/**
 * The value, never from the command line, where every user of the machine could see it. One line end at the end of a
 * piped value is taken off.
 *
 * @throws AppError USAGE for an empty or too large value, CANCELLED for Control-C
 */
export async function readSecret(prompt: string, { stdin, stderr }: SecretInput = process): Promise<string> {
  const value = stdin.isTTY ? await typed(prompt, stdin, stderr) : (await piped(stdin)).replace(/\r?\n$/, '');
  if (value === '') throw new AppError('USAGE', { message: 'The value is empty.', fix: 'Pipe it in, or type it at the prompt.' });
  return value;
}

async function piped(stdin: NodeJS.ReadStream): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stdin) {
    const bytes = Buffer.from(piece as Uint8Array);
    size += bytes.length;
    if (size > MAX_BYTES) throw new AppError('USAGE', { message: `The value has more than ${MAX_BYTES} bytes.` });
    pieces.push(bytes);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Nothing of it is echoed. */
function typed(prompt: string, stdin: NodeJS.ReadStream, stderr: SecretInput['stderr']): Promise<string> {
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  let value = '';
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const onData = (text: string): void => {
      for (const character of text) {
        if (ENTER.has(character) || character === CONTROL_C) {
          finish(() => (character === CONTROL_C ? reject(new AppError('CANCELLED')) : resolve(value)));
          return;
        }
        value = BACKSPACE.has(character) ? value.slice(0, -1) : value + character;
      }
    };
    stdin.on('data', onData);
    stdin.resume();
  });
}
