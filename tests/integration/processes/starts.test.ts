/** What keeps a `serve` from starting, and what does not. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../helpers/free-port.ts';
import {
  bin,
  type Ending,
  makeHome,
  type Program,
  projectOf,
  removeHome,
  startGateway,
  startProgram,
  verifyHome,
  waitForOutput,
} from '../../helpers/gateway.ts';

const programs: Program[] = [];
const homes: string[] = [];
const newHome = (): string => {
  const home = makeHome();
  homes.push(home);
  return home;
};
const serve = (home: string, port: number): Program => {
  const program = startProgram(bin, { args: ['serve', '--port', String(port)], env: { SWITCHYARD_HOME: home }, cwd: projectOf(home) });
  programs.push(program);
  return program;
};
const isReady =
  (program: Program): (() => true | undefined) =>
  () =>
    program.stdout().includes('is ready') ? true : undefined;

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.end('SIGKILL')));
  for (const home of homes.splice(0)) removeHome(home);
});

describe('a serve that cannot start', () => {
  it('says HOME_BUSY when another serves the home, and the first goes on', async () => {
    const gateway = await startGateway({ home: newHome() });
    programs.push(gateway);
    const second = serve(gateway.home, 0);
    expect(await second.ended).toEqual({ code: 75, signal: null });
    expect(second.stderr()).toContain('HOME_BUSY');
    expect(second.stderr()).toContain('fix:');
    expect(second.stderr()).not.toMatch(/\bat .*:\d+:\d+/);
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
    await gateway.end();
    expect(await verifyHome(gateway.home)).toMatchObject({ ok: true, findings: [] });
  });

  it('says HOME_BUSY, not PORT_TAKEN, when the second has the same port too', async () => {
    const [home, port] = [newHome(), await freePort()];
    const first = serve(home, port);
    await waitForOutput(first, isReady(first));
    const second = serve(home, port);
    await second.ended;
    expect(second.stderr()).toContain('HOME_BUSY');
  });

  it('says PORT_TAKEN when the port is taken, and leaves nothing behind that keeps the next from starting', async () => {
    const home = newHome();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const refused = serve(home, port);
    expect(await refused.ended).toEqual({ code: 75, signal: null });
    expect(refused.stderr()).toContain('PORT_TAKEN');
    expect(refused.stderr()).toContain('--port');
    expect(existsSync(join(home, 'run/gateway.sock'))).toBe(false);
    other.close();
    await once(other, 'close');
    const next = serve(home, port);
    await waitForOutput(next, isReady(next));
    expect(await next.end()).toEqual({ code: 0, signal: null });
  });
});

describe('a serve after one that was killed', () => {
  it('starts though the socket is still there', async () => {
    const home = newHome();
    const killed = await startGateway({ home });
    await killed.end('SIGKILL');
    expect(existsSync(join(home, 'run/gateway.sock'))).toBe(true);
    const next = await startGateway({ home });
    programs.push(next);
    expect(next.key).toBe(killed.key);
    expect((await fetch(`${next.url}/health`)).status).toBe(200);
    await next.end();
    expect(existsSync(join(home, 'run/gateway.sock'))).toBe(false);
    expect(await verifyHome(home)).toMatchObject({ ok: true, findings: [] });
  });

  it('of several that start at once exactly one gets the home', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 6; round += 1) {
      const home = newHome();
      const killed = await startGateway({ home });
      await killed.end('SIGKILL');
      const starts = Array.from({ length: 4 }, () => serve(home, 0));
      const outcomes = await Promise.all(
        starts.map((program) =>
          Promise.race([
            program.ended,
            waitForOutput(program, isReady(program)).then(
              () => 'ready' as const,
              () => program.ended,
            ),
          ]),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'ready')).toHaveLength(1);
      expect(outcomes.filter((outcome): outcome is Ending => outcome !== 'ready').map(({ code }) => code)).toEqual([75, 75, 75]);
      await Promise.all(starts.map((program) => program.end('SIGKILL')));
    }
  });
});
