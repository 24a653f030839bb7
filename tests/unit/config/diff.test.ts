import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../src/config/defaults.ts';
import { diffConfig } from '../../../src/config/diff.ts';
import { redactConfig } from '../../../src/config/redact.ts';
import { isSecretPointer } from '../../../src/config/secret-keys.ts';

const withKey = (anthropicApiKey: string | null): typeof DEFAULT_CONFIG => ({
  ...DEFAULT_CONFIG,
  orchestrator: { ...DEFAULT_CONFIG.orchestrator, anthropicApiKey },
});

describe('diffConfig', () => {
  it('finds nothing between equals', () => {
    expect(diffConfig(DEFAULT_CONFIG, structuredClone(DEFAULT_CONFIG))).toEqual([]);
  });

  it('names each key, both values, and whether it waits for the next start', () => {
    const after = { ...DEFAULT_CONFIG, server: { ...DEFAULT_CONFIG.server, port: 9000 }, tools: { disabled: ['echo'] } };
    expect(diffConfig(DEFAULT_CONFIG, after)).toEqual([
      { pointer: '/server/port', before: 8000, after: 9000, needsRestart: true },
      { pointer: '/tools/disabled', before: [], after: ['echo'], needsRestart: false },
    ]);
  });

  it('shows that a secret changed, not the secret', () => {
    expect(diffConfig(withKey('sk-one'), withKey('sk-two'))).toEqual([
      { pointer: '/orchestrator/anthropicApiKey', before: '[redacted]', after: '[redacted]', needsRestart: true },
    ]);
    expect(diffConfig(withKey(null), withKey('sk-two'))).toMatchObject([{ before: null, after: '[redacted]' }]);
  });

  it('masks what came from a variable', () => {
    const after = { ...DEFAULT_CONFIG, environment: 'from outside' };
    expect(diffConfig(DEFAULT_CONFIG, after, ['/environment'])).toMatchObject([{ before: '[redacted]', after: '[redacted]' }]);
  });

  it('finds keys of tables that come and go', () => {
    const after = { ...DEFAULT_CONFIG, policy: { ...DEFAULT_CONFIG.policy, roles: { ...DEFAULT_CONFIG.policy.roles, auditor: { scopes: ['admin:logs'] } } } };
    expect(diffConfig(DEFAULT_CONFIG, after)).toEqual([
      { pointer: '/policy/roles/auditor', before: null, after: { scopes: ['admin:logs'] }, needsRestart: false },
    ]);
    expect(diffConfig(after, DEFAULT_CONFIG)).toMatchObject([{ before: { scopes: ['admin:logs'] }, after: null }]);
  });
});

describe('redactConfig', () => {
  it('masks by name, by origin and inside URLs, and keeps the rest', () => {
    const value = {
      providers: { a: { apiKey: 'sk-1', model: 'm' } },
      upstreams: { git: { env: { HOME: '/x', TOKEN: 't' }, headers: { 'X-Any': 'h' }, url: 'https://ada:pw@example.org/x' } },
      limits: { maxTokens: 5 },
      note: 'from a variable',
      empty: null,
      publicKey: 'pk',
      list: ['postgres://u:p@db/x'],
    };
    expect(redactConfig(value, ['/note'])).toEqual({
      providers: { a: { apiKey: '[redacted]', model: 'm' } },
      upstreams: { git: { env: { HOME: '[redacted]', TOKEN: '[redacted]' }, headers: { 'X-Any': '[redacted]' }, url: 'https://ada:[redacted]@example.org/x' } },
      limits: { maxTokens: 5 },
      note: '[redacted]',
      empty: null,
      publicKey: 'pk',
      list: ['postgres://u:[redacted]@db/x'],
    });
  });

  it('changes nothing in the defaults', () => {
    expect(redactConfig(DEFAULT_CONFIG)).toEqual(DEFAULT_CONFIG);
  });

  it.each([
    '/a/apiKey',
    '/anthropic_api_key',
    '/x/client_secret',
    '/x/clientSecret',
    '/auth/bearerToken',
    '/db/password',
    '/h/Authorization',
    '/keys/0',
    '/x/env/ANY',
  ])('%s is a secret', (pointer) => {
    expect(isSecretPointer(pointer)).toBe(true);
  });

  it.each(['/limits/sessions/max', '/orchestrator/defaultMaxTokens', '/x/publicKey', '/environment', '/x/env', '/policy/rules/0/id'])(
    '%s is none',
    (pointer) => {
      expect(isSecretPointer(pointer)).toBe(false);
    },
  );
});
