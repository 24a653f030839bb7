/** S4, F8: swap races. RACE_READS=1000000 makes it long (or run race-long.ts). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countDescriptors } from '../../unit/workspace/fixture.ts';
import { createArena, guardedAttempts, naiveAttempts, outsideIsIntact, race, type Arena } from './race.ts';

const READS = Number(process.env['RACE_READS'] ?? 20_000);
/** Far above what it takes; the clock of a shared machine is not a test. */
const timeBudgetMs = Math.max(45_000, READS);

describe.skipIf(process.platform !== 'linux')('S4: folders and files that become links while they are used', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await createArena();
  });
  afterAll(() => arena[Symbol.asyncDispose]());

  // @requirement S4.c
  it(`${READS} reads: none shows the secret, and both sides of the swap were met`, { timeout: timeBudgetMs + 10_000 }, async () => {
    const result = await race(arena, guardedAttempts(arena, 'pinned').read, { attempts: READS, timeBudgetMs });
    expect(result).toMatchObject({ attempts: READS, leaks: 0 });
    expect(Math.min(result.inside, result.refused)).toBeGreaterThan(READS / 100);
    expect(countDescriptors(arena.root)).toBe(0);
  });

  it('2 000 listings: none enters a link', async () => {
    const result = await race(arena, guardedAttempts(arena, 'pinned').list, { attempts: 2000, timeBudgetMs });
    expect(result).toMatchObject({ attempts: 2000, leaks: 0 });
  });

  it('the control leaks: resolving first and opening then', async () => {
    const result = await race(arena, naiveAttempts(arena).read, { attempts: Infinity, timeBudgetMs: 30_000, stopAtLeak: true });
    expect(result.leaks).toBeGreaterThan(0);
  });

  it('the control writes outside: resolving first and opening then', async () => {
    const result = await race(arena, naiveAttempts(arena).write, { attempts: Infinity, timeBudgetMs: 30_000, stopAtLeak: true });
    expect(result.leaks).toBeGreaterThan(0);
    expect(outsideIsIntact(arena)).toBe(true);
  });
});

describe.skipIf(process.platform !== 'linux')('S4: writes in the same race', () => {
  it('2 000 writes: not a byte arrives outside', async () => {
    await using arena = await createArena();
    const result = await race(arena, guardedAttempts(arena, 'pinned').write, { attempts: 2000, timeBudgetMs });
    expect(result.leaks).toBe(0);
    expect(result.inside).toBeGreaterThan(0);
    expect(outsideIsIntact(arena)).toBe(true);
  });
});
