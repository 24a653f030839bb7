/** The small parts: names, templates, times, places, environment. */
import { describe, expect, it, vi } from 'vitest';
import { Scope } from '../../../src/core/scope.ts';
import { AppError } from '../../../src/core/errors.ts';
import { scrubbedEnvironment } from '../../../src/upstreams/connection/stdio/environment.ts';
import { headerValue } from '../../../src/upstreams/connection/http/headers.ts';
import { exposedName } from '../../../src/upstreams/names.ts';
import { Patience } from '../../../src/upstreams/patience.ts';
import { Places } from '../../../src/upstreams/places.ts';
import { Recovery } from '../../../src/upstreams/recovery.ts';
import { matchesTemplate } from '../../../src/upstreams/uri-pattern.ts';

describe('names', () => {
  it.each([
    ['push', 'git__push'],
    ['a.b/c', 'git__a_b_c'],
    ['größe', 'git__gr__e'],
  ])('%s is shown as %s', (own, shown) => {
    expect(exposedName('git', own)).toBe(shown);
  });

  it('that are too long keep apart what differs behind the cut', () => {
    const [one, other] = [exposedName('git', `${'x'.repeat(80)}1`), exposedName('git', `${'x'.repeat(80)}2`)];
    expect([one.length, other.length]).toEqual([64, 64]);
    expect(one).not.toBe(other);
    expect(exposedName('git', `${'x'.repeat(80)}1`)).toBe(one);
  });
});

it.each([
  ['file:///{path}', 'file:///a/b', true],
  ['db://{table}/rows/{id}', 'db://users/rows/7', true],
  ['db://{table}/rows/{id}', 'db://users/columns/7', false],
  ['a{x}a', 'a', false],
  ['plain', 'plain', true],
  ['plain', 'plainer', false],
])('the template %s and the URI %s: %s', (template, uri, isMatch) => {
  expect(matchesTemplate(template, uri)).toBe(isMatch);
});

it('a header carries plain text as it is, and everything else encoded', () => {
  expect(headerValue('get_weather')).toBe('get_weather');
  for (const text of ['größe', ' padded ', 'a\nb', '=?base64?eA==?=']) {
    const [, encoded = ''] = /^=\?base64\?(.*)\?=$/.exec(headerValue(text)) ?? [];
    expect(Buffer.from(encoded, 'base64').toString()).toBe(text);
  }
});

it('the environment of a server has no variable of ours, not even one that the configuration names', () => {
  const inherited = { PATH: '/bin', LC_TIME: 'C', AWS_SECRET_ACCESS_KEY: 'x', HTTPS_PROXY: 'http://u:p@h', BASH_FUNC: '() { :; }', HOME: '() { :; }' };
  expect(scrubbedEnvironment(inherited, { TOKEN: 't', SWITCHYARD_API_KEY: 'k', PATH: '/own' })).toEqual({ PATH: '/own', LC_TIME: 'C', TOKEN: 't' });
});

describe('recovery', () => {
  it('lets the first failure be followed by a try at once, and waits longer after each further one', () => {
    let now = 0;
    const recovery = new Recovery(() => now);
    const failure = new AppError('UPSTREAM_GONE');
    recovery.failed(failure);
    expect(() => recovery.check('git')).not.toThrow();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      recovery.failed(failure);
      try {
        recovery.check('git');
      } catch (error) {
        if (AppError.is(error)) waits.push(Number(error.data?.['retryAfterMs']));
      }
    }
    expect(waits[0]).toBeLessThanOrEqual(313);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(22_500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(37_500);
    now = 40_000;
    expect(() => recovery.check('git')).not.toThrow();
    // A connection that lived is a new beginning.
    recovery.connected();
    now += 10_000;
    recovery.failed(failure);
    expect(() => recovery.check('git')).not.toThrow();
  });
});

it('patience ends with UPSTREAM_SILENT, and not while somebody is asked', () => {
  vi.useFakeTimers();
  try {
    const patience = new Patience('git', new Scope(), 100);
    vi.advanceTimersByTime(90);
    patience.renew();
    vi.advanceTimersByTime(90);
    patience.hold();
    vi.advanceTimersByTime(1000);
    expect(patience.scope.reason).toBeUndefined();
    patience.renew();
    vi.advanceTimersByTime(100);
    expect(patience.scope.reason?.code).toBe('UPSTREAM_SILENT');
    patience.end();
  } finally {
    vi.useRealTimers();
  }
});

describe('places', () => {
  it('are given in the order of asking, and who leaves the queue takes none', async () => {
    const places = new Places('git', 1);
    const order: string[] = [];
    const leaver = new Scope();
    await places.take(new Scope());
    const second = places.take(new Scope()).then(() => order.push('second'));
    const left = places.take(leaver).catch((error: unknown) => order.push(AppError.is(error) ? error.code : 'other'));
    const third = places.take(new Scope()).then(() => order.push('third'));
    leaver.cancel();
    await left;
    places.giveBack();
    await second;
    places.giveBack();
    await third;
    places.giveBack();
    expect(order).toEqual(['CANCELLED', 'second', 'third']);
    expect(places.load).toBe(0);
  });
});
