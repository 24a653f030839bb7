import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSessionCookie, sessionCookie } from '../../../../src/doors/admin/cookie.ts';
import { escapeHtml, html } from '../../../../src/doors/admin/html.ts';
import type { StatusSnapshot } from '../../../../src/doors/admin/snapshot.ts';
import { renderParts, renderStatusPage } from '../../../../src/doors/admin/status-page.ts';
import { STYLE } from '../../../../src/doors/admin/style.ts';
import { REPORT } from '../../../helpers/http-stack.ts';

/** A snapshot in which every text that somebody else chooses is the given one. */
function snapshotOf(text: string, outcome: string = text): StatusSnapshot {
  return {
    at: 0,
    phase: 'ready',
    load: { running: 0, queued: 3 },
    waiting: { count: 0, digest: '0' },
    killSwitches: [{ what: text, reason: text }],
    platform: { ...REPORT, version: text, upstreams: [{ name: text, state: 'degraded', detail: text }], sandbox: { level: text, detail: text } },
    clients: [
      {
        id: text,
        principalId: text,
        door: text,
        createdAt: 0,
        lastActivityAt: 0,
        requestCount: 1,
        name: text,
        version: text,
        protocolVersion: text,
        era: null,
      },
    ],
    calls: [
      {
        callId: text,
        parentId: text,
        at: 0,
        durationMs: 1234.5,
        door: text,
        principalId: text,
        clientName: text,
        target: text,
        outcome,
        rule: text,
        correlationId: text,
        spend: null,
      },
    ],
  };
}

describe('templates', () => {
  it('escape what is inserted, and leave out what is not there', () => {
    expect(html`<b title="${'"\'`<&>'}">${undefined}${null}${false}${0}</b>`.html).toBe('<b title="&quot;&#39;&#96;&lt;&amp;&gt;">0</b>');
    expect(html`${html`<i>`}${[html`<b>`, html`${'<'}`]}`.html).toBe('<i><b>&lt;');
    expect(escapeHtml('a\u202eb\u0000c\u200d')).toBe('a\ufffdb\ufffdc\ufffd');
  });
});

describe('the status page', () => {
  it('has the same tags and attributes whatever others call themselves', () => {
    const skeleton = (page: string): string => page.replace(/>[^<]*/g, '>').replace(/(?:class|title)="[^"]*"/g, '');
    const plain = skeleton(renderStatusPage(snapshotOf('x', 'ok2'), []));
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('<', '>', '"', "'", '`', '&', '=', '/', ' ', 's', 'c', 'r', '-', '!', '\n', '\u0000', 'é', '{', '$', '\\'),
          minLength: 1,
        }),
        (text) => {
          const page = renderStatusPage(snapshotOf(text, `${text}-`), []);
          expect(skeleton(page)).toBe(plain);
        },
      ),
      { numRuns: 1000, seed: 1 },
    );
  });

  it('words every outcome', () => {
    const verdict = (outcome: string): string =>
      /badge (\w+)">([^<]+)/
        .exec(renderParts(snapshotOf('x', outcome))['calls'] ?? '')
        ?.slice(1)
        .join(' ') ?? '';
    expect(
      [
        'ok',
        'PERMISSION_DENIED',
        'SCOPE_MISSING',
        'TARGET_DISABLED',
        'RATE_LIMITED',
        'QUOTA_EXCEEDED',
        'OVERLOADED',
        'TOOL_FAILED',
        'tool_error',
        'input_required',
        'CANCELLED',
        'constructor',
      ].map(verdict),
    ).toEqual([
      'ok Allowed',
      'no Denied',
      'no Denied',
      'no Denied',
      'warn Limited',
      'warn Limited',
      'warn Limited',
      'warn Failed',
      'warn Failed',
      'idle Asked back',
      'idle Cancelled',
      'warn Failed',
    ]);
  });

  it('says so when there is nothing yet', () => {
    const page = renderStatusPage({ ...snapshotOf('x'), calls: [], clients: [], killSwitches: [] }, []);
    for (const text of ['No calls yet', 'Nobody has connected yet', 'Point any MCP client', 'Off']) expect(page).toContain(text);
    expect(page).not.toContain('Kill switch is on');
  });

  it('writes durations for people', () => {
    const took = (durationMs: number): string => {
      const [call] = snapshotOf('x').calls;
      return />([^<]+)<\/td><\/tr>/.exec(renderParts({ ...snapshotOf('x'), calls: call ? [{ ...call, durationMs }] : [] })['calls'] ?? '')?.[1] ?? '';
    };
    expect([0.2, 1.25, 99.6, 9999, 10_000, 90_000, 7_300_000].map(took)).toEqual(['&lt; 1 ms', '1.3 ms', '100 ms', '9999 ms', '10 s', '1 min', '2 h']);
  });
});

describe('colours', () => {
  const luminance = (hex: string): number => {
    const full = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1);
    const [red = 0, green = 0, blue = 0] = (full.match(/../g) ?? [])
      .map((pair) => Number.parseInt(pair, 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one: string, other: string): number => {
    const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const themes = [...STYLE.matchAll(/:root\{([^}]+)\}/g)].map(([, text = '']) =>
    Object.fromEntries([...text.matchAll(/--([\w-]+):(#[0-9a-f]+)/g)].map(([, name = '', value = '']) => [name, value])),
  );
  const pairs = [
    ['ink', 'bg'],
    ['ink', 'card'],
    ['soft', 'bg'],
    ['soft', 'card'],
    ['soft', 'code'],
    ['ink', 'code'],
    ['accent', 'card'],
    ['ok', 'ok-bg'],
    ['no', 'no-bg'],
    ['warn', 'warn-bg'],
    ['ok', 'bg'],
    ['warn', 'bg'],
    ['no', 'bg'],
  ] as const;
  it.each(
    themes.flatMap((theme, index) => pairs.map(([text, ground]) => [['light', 'dark'][index], text, ground, theme[text] ?? '', theme[ground] ?? ''] as const)),
  )('%s: %s on %s can be read (WCAG AA)', (_theme, _text, _ground, text, ground) => {
    expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
  });
});

describe('the cookie', () => {
  it('is found among others, and only when it could be one', () => {
    const value = 'a'.repeat(64);
    expect(readSessionCookie(`x=1; switchyard_session=${value}; y=2`)).toBe(value);
    expect(readSessionCookie(`switchyard_session=${value}`)).toBe(value);
    for (const header of [
      undefined,
      '',
      'switchyard_session=',
      `xswitchyard_session=${value}`,
      'switchyard_session=short',
      `switchyard_session=${'a'.repeat(4001)}`,
      `switchyard_session="${value}"`,
      `switchyard_session=${value}<`,
    ])
      expect(readSessionCookie(header)).toBeUndefined();
  });
  it('is for this site and for no script', () => {
    expect(sessionCookie('v', false)).toBe('switchyard_session=v; Path=/; HttpOnly; SameSite=Strict');
    expect(sessionCookie('v', true)).toContain('; Secure');
  });
});
