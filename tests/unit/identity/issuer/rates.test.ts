import { beforeEach, expect, it } from 'vitest';
import { createIssuerRates, type IssuerRates } from '../../../../src/identity/issuer/rates.ts';

let now = 0;
let slept: number[] = [];
let rates: IssuerRates;
beforeEach(() => {
  now = 0;
  slept = [];
  rates = createIssuerRates({ monotonic: () => now }, async (ms) => void slept.push(ms));
});
const isCounted = (act: Parameters<IssuerRates['count']>[0], source: string): boolean => {
  try {
    rates.count(act, source);
    return true;
  } catch {
    return false;
  }
};

it('bounds each source, and all sources together', () => {
  const own = Array.from({ length: 12 }, () => isCounted('registration', '203.0.113.1'));
  expect(own.filter(Boolean)).toHaveLength(10);
  let all = 0;
  for (let source = 0; source < 250; source += 1) if (isCounted('registration', `198.51.${source}.1`)) all += 1;
  expect(all).toBeLessThan(100);
  now = 3_600_000;
  expect(isCounted('registration', '203.0.113.1')).toBe(true);
});

it('a subscriber’s addresses of IPv6 are one source', () => {
  const counted = Array.from({ length: 12 }, (_, index) => isCounted('registration', `2001:db8:1:2::${index}`));
  expect(counted.filter(Boolean)).toHaveLength(10);
});

it('wrong codes of all browsers together come to an end, whoever tries', async () => {
  for (let wrong = 0; wrong <= 60; wrong += 1) rates.failed('user code', `203.0.${wrong}.1`);
  await expect(rates.beforeTry('user code', '192.0.2.99')).rejects.toMatchObject({ code: 'AUTHENTICATION_BLOCKED' });
  await rates.beforeTry('client', '192.0.2.99');
  now = 600_000;
  await rates.beforeTry('user code', '192.0.2.99');
});

it('this machine is slowed down and not locked out', async () => {
  for (let wrong = 0; wrong < 30; wrong += 1) {
    await rates.beforeTry('client', '127.0.0.1');
    rates.failed('client', '127.0.0.1');
  }
  expect(Math.max(...slept)).toBe(1_000);
});
