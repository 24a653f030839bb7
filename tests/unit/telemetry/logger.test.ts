import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { createLogger, type LoggerOptions } from '../../../src/telemetry/logger.ts';
import { createStderrWriter } from '../../../src/telemetry/stderr-writer.ts';

const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 };

function logged(options: LoggerOptions, act: (logger: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  act(createLogger({ clock, write: (line) => lines.push(line), ...options }));
  return lines;
}

const parse = (line: string | undefined): Record<string, unknown> => JSON.parse(line ?? '') as Record<string, unknown>;

describe('JSON lines', () => {
  it('carries time, level, message and the fields', () => {
    const lines = logged({}, (logger) => logger.info('ready', { port: 8000, correlation_id: 'c-1' }));
    expect(lines).toEqual(['{"time":"2023-11-14T22:13:20.000Z","level":"info","message":"ready","port":8000,"correlation_id":"c-1"}\n']);
  });

  it('writes only what reaches the level, and says whether debug does', () => {
    const all = (logger: ReturnType<typeof createLogger>): void => {
      logger.debug('d');
      logger.info('i');
      logger.warn('w');
      logger.error('e');
    };
    expect(logged({ level: 'debug' }, all)).toHaveLength(4);
    expect(logged({}, all)).toHaveLength(3);
    expect(logged({ level: 'error' }, all)).toHaveLength(1);
    expect(logged({ level: 'off' }, all)).toHaveLength(0);
    expect(createLogger({ level: 'debug', write: () => undefined }).isDebug).toBe(true);
    expect(createLogger({ write: () => undefined }).isDebug).toBe(false);
  });

  it('keeps its own members when fields have the same names', () => {
    const [line] = logged({}, (logger) => logger.warn('real', { message: 'fake', level: 'info', time: 'never' }));
    expect(parse(line)).toMatchObject({ level: 'warn', message: 'real', message_: 'fake', level_: 'info', time_: 'never' });
  });

  it('shows errors with code and cause', () => {
    const [line] = logged({}, (logger) => logger.error('failed', { error: new AppError('INTERNAL', { cause: new TypeError('deep') }) }));
    expect(parse(line)).toMatchObject({ error: { name: 'AppError', code: 'INTERNAL', cause: { name: 'TypeError', message: 'deep' } } });
  });
});

describe('secrets', () => {
  it.each([
    'password',
    'Passwd',
    'clientSecret',
    'access_token',
    'Authorization',
    'set-cookie',
    'apiKey',
    'api_key',
    'x-api-key',
    'privateKey',
    'credentials',
    'sessionId',
  ])('hides the value of %s', (name) => {
    const [line] = logged({}, (logger) => logger.info('x', { [name]: 'hunter2', deep: { [name]: ['hunter2'] } }));
    expect(line).not.toContain('hunter2');
    expect(line).toContain('[redacted]');
  });

  it.each([
    'sk-sy-0123456789ab-c2VjcmV0c2VjcmV0',
    'Bearer abcdefghijkl',
    'bearer abc.def.ghi-jkl',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln',
    'http://127.0.0.1:8000/?token=c2VjcmV0',
  ])('hides %s wherever it stands', (secret) => {
    const lines = logged({}, (logger) => {
      logger.info(`got ${secret} here`);
      logger.info('x', { note: `got ${secret} here`, list: [secret], [secret]: 1 });
      logger.info('x', { error: new Error(`bad ${secret}`) });
    });
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).not.toContain('c2VjcmV0');
  });

  it('keeps counts and flags whose names only sound secret', () => {
    const [line] = logged({}, (logger) => logger.info('x', { input_tokens: 12, hasToken: true, target: 'tool:token_count' }));
    expect(parse(line)).toMatchObject({ input_tokens: 12, hasToken: true, target: 'tool:token_count' });
  });
});

describe('hostile values', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const trap = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('trap');
      },
      get: () => {
        throw new Error('trap');
      },
    },
  );
  it.each<[string, Record<string, unknown>]>([
    ['a cycle', { cyclic }],
    ['a bigint', { big: 10n }],
    ['a symbol and a function', { symbol: Symbol('s'), call: () => 1 }],
    [
      'a throwing getter',
      Object.defineProperty({}, 'bad', {
        enumerable: true,
        get: () => {
          throw new Error('no');
        },
      }),
    ],
    ['a throwing proxy', trap],
    ['a nested throwing proxy', { trap }],
    [
      'a throwing toJSON',
      {
        value: {
          toJSON: () => {
            throw new Error('no');
          },
        },
      },
    ],
    ['NaN, an invalid date, bytes', { nan: Number.NaN, date: new Date(Number.NaN), bytes: new Uint8Array(9) }],
    ['a __proto__ member', JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>],
    ['a million entries', { list: Array.from({ length: 1_000_000 }, (_, index) => index) }],
    ['a megabyte of text', { text: 'x'.repeat(1_000_000) }],
  ])('still writes one line for %s', (_name, fields) => {
    const lines = logged({}, (logger) => logger.info('kept', fields));
    expect(lines).toHaveLength(1);
    expect(parse(lines[0])).toMatchObject({ message: 'kept' });
    expect(lines[0]?.length).toBeLessThan(10_000);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('survives a writer that throws', () => {
    const logger = createLogger({
      write: () => {
        throw new Error('EPIPE');
      },
    });
    expect(() => logger.error('x')).not.toThrow();
  });

  it.each([false, true])('one record is one line without control characters, pretty %s', (isPretty) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 20 }), (text, name) => {
        const lines = logged({ isPretty }, (logger) => logger.info(text, { [name]: text, nested: { [name]: [text] } }));
        expect(lines).toHaveLength(1);
        const plain = lines[0]?.replace(/\u001b\[\d+m/g, '').slice(0, -1) ?? '';
        expect(plain).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
        if (!isPretty) expect(() => JSON.parse(plain) as unknown).not.toThrow();
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

describe('stderr', () => {
  it('drops lines while nobody reads, and says how many afterwards', () => {
    const written: string[] = [];
    const sink = { writableLength: 0, write: (text: string) => written.push(text), on: () => undefined };
    const write = createStderrWriter(sink);
    write('one\n');
    sink.writableLength = 2_000_000;
    write('lost\n');
    write('lost\n');
    sink.writableLength = 0;
    write('two\n');
    expect(written[0]).toBe('one\n');
    expect(parse(written[1])).toMatchObject({ level: 'warn', dropped: 2 });
    expect(written[2]).toBe('two\n');
  });
});
