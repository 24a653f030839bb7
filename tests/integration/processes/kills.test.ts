// @requirement U1.g
import { expect, it } from 'vitest';
import { killAtRandom } from './kills.ts';

/** `npm run test:long` kills 1000. */
const KILLS = Number(process.env['SWITCHYARD_KILLS'] ?? 200);

it(`D1.g: ${KILLS} × kill −9 at random moments: audit verify stays green, nothing acknowledged is lost`, { timeout: 30_000 + KILLS * 1000 }, async () => {
  const { kills, serveKills, acknowledged, lost, verify, records, seconds } = await killAtRandom(KILLS);
  console.log(`${kills} stdio and ${serveKills} serve processes killed in ${seconds} s: ${acknowledged} calls acknowledged, ${String(records)} records`);
  expect(verify).toMatchObject({ ok: true, findings: [], serveExit: 0 });
  expect(lost).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(KILLS);
  // The kills came while there was something to lose.
  expect(acknowledged).toBeGreaterThan(KILLS);
});
