import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readSecret, type SecretInput } from '../../../src/cli/read-secret.ts';

/** A terminal as far as it is used: what is typed, and whether it echoes. */
class Terminal extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  shown = '';
  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
  setEncoding(): void {}
  pause(): void {}
  resume(): void {}
  readonly write = (text: string): void => {
    this.shown += text;
  };
}

const ask = (terminal: Terminal): Promise<string> => readSecret('Value: ', { stdin: terminal, stderr: terminal } as unknown as SecretInput);
const pipe = (text: string | Buffer): Promise<string> =>
  readSecret('Value: ', { stdin: Readable.from([text]), stderr: { write: () => undefined } } as unknown as SecretInput);

describe('a secret that is typed', () => {
  it('is not shown, may be corrected, and ends with the line', async () => {
    const terminal = new Terminal();
    const typed = ask(terminal);
    expect([terminal.shown, terminal.isRaw]).toEqual(['Value: ', true]);
    for (const keys of ['abx', '\u007f', 'cd', '\r', 'rest']) terminal.emit('data', keys);
    expect(await typed).toBe('abcd');
    expect([terminal.shown, terminal.isRaw, terminal.listenerCount('data')]).toEqual(['Value: \n', false, 0]);
  });

  it('is given up with Control-C', async () => {
    const terminal = new Terminal();
    const typed = ask(terminal);
    terminal.emit('data', 'ab\u0003');
    await expect(typed).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(terminal.isRaw).toBe(false);
  });
});

describe('a secret that is piped', () => {
  it.each([
    ['value', 'value'],
    ['value\n', 'value'],
    ['value\r\n', 'value'],
    ['two\nlines\n\n', 'two\nlines\n'],
    [' spaces ', ' spaces '],
  ])('%j is %j', async (given, expected) => expect(await pipe(given)).toBe(expected));

  it.each(['', '\n', Buffer.alloc(300_000, 'x')])('is refused when it is empty or endless', async (given) => {
    await expect(pipe(given)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
