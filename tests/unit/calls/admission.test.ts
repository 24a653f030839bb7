import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { ALICE, bench } from '../../helpers/pipeline.ts';

describe('admission', () => {
  const arrival = { door: 'test', source: '10.0.0.1', credential: { kind: 'none' } } as const;

  it('records the first sight of a principal once a minute', async () => {
    let now = 0;
    const { pipeline, records } = bench([], { clock: { now: () => now, monotonic: () => 0 } });
    for (now of [0, 1000, 61_000]) await pipeline.admit(arrival);
    expect(records.map(({ event }) => event)).toEqual(['auth_succeeded', 'auth_succeeded']);
  });

  it('goes on recording when the clock is set back', async () => {
    let now = 0;
    const { pipeline, records } = bench([], { clock: { now: () => now, monotonic: () => 0 } });
    for (now of [86_400_000, 86_400_500, 0, 500]) await pipeline.admit(arrival);
    expect(records.map(({ at }) => at)).toEqual([86_400_000, 0]);
  });

  it('records every failed credential, and a flood of the same refusal once a minute', async () => {
    const failed = bench([], {
      identity: {
        isCurrent: () => true,
        identify: () => {
          throw new AppError('AUTHENTICATION_FAILED');
        },
      },
    });
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(async () => failed.pipeline.admit(arrival)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    expect(failed.records).toHaveLength(3);
    const limited = bench([], {
      limits: {
        source: () => {
          throw new AppError('RATE_LIMITED');
        },
        reserve: () => {
          throw new AppError('INTERNAL');
        },
        load: () => ({ running: 0, queued: 0 }),
      },
    });
    for (let attempt = 0; attempt < 3; attempt += 1) await expect(async () => limited.pipeline.admit(arrival)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(limited.records.map(({ event }) => event)).toEqual(['rate_limited']);
  });

  it('records a flood from one network once, whatever addresses of it are used, and other networks of their own (control)', async () => {
    const { pipeline, records } = bench([], {
      identity: {
        isCurrent: () => true,
        identify: () => {
          throw new AppError('AUTHENTICATION_REQUIRED');
        },
      },
    });
    const come = async (source: string): Promise<void> => {
      await expect(async () => pipeline.admit({ ...arrival, source })).rejects.toMatchObject({ code: 'AUTHENTICATION_REQUIRED' });
    };
    for (let address = 1; address <= 20; address += 1) await come(`2001:db8:0:7::${address.toString(16)}`);
    expect(records.map(({ source }) => source)).toEqual(['2001:db8:0:7::1']);
    await come('2001:db8:0:8::1');
    await come('192.0.2.1');
    await come('192.0.2.2');
    expect(records).toHaveLength(4);
  });

  it('refuses a principal whose credential has expired', async () => {
    const { pipeline } = bench([], { identity: { isCurrent: () => true, identify: async () => ({ ...ALICE, expiresAt: 1 }) } });
    await expect(async () => pipeline.admit(arrival)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });
});
