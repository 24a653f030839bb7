import { describe, expect, it } from 'vitest';
import { hasOverrides, variableName } from '../../../src/config/environment-names.ts';
import { loadConfig, type LoadedConfig } from '../../../src/config/load.ts';

const load = (env: Readonly<Record<string, string>>): Promise<LoadedConfig> => loadConfig({ cwd: '/nonexistent', home: '/nonexistent', env });

// @requirement C2.c
describe('SWITCHYARD_* variables', () => {
  it.each([
    ['SWITCHYARD_SERVER__PORT', '9000', (loaded: LoadedConfig) => loaded.config.server.port, 9000],
    ['switchyard_server__port', '9000', (loaded: LoadedConfig) => loaded.config.server.port, 9000],
    ['SWITCHYARD_LIMITS__MAX_BODY_BYTES', '2048', (loaded: LoadedConfig) => loaded.config.limits.maxBodyBytes, 2048],
    ['SWITCHYARD_LIMITS__MAXBODYBYTES', '2048', (loaded: LoadedConfig) => loaded.config.limits.maxBodyBytes, 2048],
    ['SWITCHYARD_LIMITS__SESSIONS__TTL_SECONDS', '5', (loaded: LoadedConfig) => loaded.config.limits.sessions.ttlSeconds, 5],
    ['SWITCHYARD_TOOLS__DISABLED', '["echo","ping"]', (loaded: LoadedConfig) => loaded.config.tools.disabled, ['echo', 'ping']],
    ['SWITCHYARD_ENVIRONMENT', 'staging', (loaded: LoadedConfig) => loaded.config.environment, 'staging'],
    ['SWITCHYARD_ENVIRONMENT', '2026', (loaded: LoadedConfig) => loaded.config.environment, '2026'],
    ['SWITCHYARD_LOG', '{"level":"debug"}', (loaded: LoadedConfig) => loaded.config.log.level, 'debug'],
    ['SWITCHYARD_SERVER__TRUSTED_PROXY', 'null', (loaded: LoadedConfig) => loaded.config.server.trustedProxy, null],
    ['SWITCHYARD_LIMITS__ROLES__AUDITOR', '7', (loaded: LoadedConfig) => loaded.config.limits.roles['auditor'], 7],
    ['SWITCHYARD_ANTHROPIC_API_KEY', 'sk-x', (loaded: LoadedConfig) => loaded.config.orchestrator.anthropicApiKey, 'sk-x'],
  ])('%s=%s', async (name, value, read, expected) => {
    expect(read(await load({ [name]: value }))).toEqual(expected);
  });

  it('inner keys refine outer ones, whatever the order of the names', async () => {
    const { config } = await load({ SWITCHYARD_SERVER__PORT: '1', SWITCHYARD_SERVER: '{"host":"::1","port":2}' });
    expect([config.server.host, config.server.port]).toEqual(['::1', 1]);
  });

  it.each([
    ['a misspelt key', { SWITCHYARD_SERVER__PROT: '1' }, /SWITCHYARD_SERVER__PROT/, 'Did you mean SWITCHYARD_SERVER__PORT?'],
    ['single underscores', { SWITCHYARD_LIMITS_MAX_BODY_BYTES: '1' }, /no configuration key/, 'Did you mean SWITCHYARD_LIMITS__MAX_BODY_BYTES?'],
    ['one key by two names', { SWITCHYARD_LOG__LEVEL: 'info', switchyard_log__level: 'warn' }, /two variables/, /Unset one/],
    [
      'a wrong value',
      { SWITCHYARD_SERVER__PORT: 'many' },
      /environment SWITCHYARD_SERVER__PORT: server\.port must be a whole number/,
      /Set the variable to a whole number/,
    ],
    ['a list that is none', { SWITCHYARD_TOOLS__DISABLED: 'echo,ping' }, /a list/, /\["a","b"\]/],
    ['an index of a list', { SWITCHYARD_TOOLS__DISABLED__0: 'echo' }, /no configuration key/, /./],
    ['an unknown key inside JSON', { SWITCHYARD_LOG: '{"levle":"info"}' }, /log\.levle is not a known key/, /"level"/],
    ['a key that would change prototypes', { SWITCHYARD_LOG: '{"__proto__":{"level":"debug"}}' }, /__proto__/, /Keys here/],
  ])('refuses %s', async (_, env, message, fix) => {
    await expect(load(env)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message), fix: expect.stringMatching(fix) });
  });

  it('does not repeat values in errors', async () => {
    const error = await load({ SWITCHYARD_SERVER__PORT: 'hunter2' }).catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('warns of other variables with the prefix, and knows those that are not meant', async () => {
    const { config, warnings } = await load({ SWITCHYARD_FOO: '1', SWITCHYARD_SERVER__PORT: '1' });
    expect(config.server.port).toBe(1);
    expect(warnings).toMatchObject([{ source: 'environment SWITCHYARD_FOO' }]);
  });

  it.each([
    [{ SWITCHYARD_HOME: '/x', SWITCHYARD_CONFIG: '', SWITCHYARD_URL: 'x', SWITCHYARD_API_KEY: 'x' }],
    [
      {
        SWITCHYARD_SERVICE_HOST: '10.0.0.1',
        SWITCHYARD_SERVICE_PORT: '8000',
        SWITCHYARD_SERVICE_PORT_HTTP: '8000',
        SWITCHYARD_PORT: 'tcp://10.0.0.1:8000',
        SWITCHYARD_PORT_8000_TCP: 'tcp://10.0.0.1:8000',
        SWITCHYARD_PORT_8000_TCP_ADDR: '10.0.0.1',
      },
    ],
    [{ SWITCHYARD_SERVER__PORT: '', PATH: '/bin', MYSWITCHYARD_X: '1' }],
  ])('these override nothing: %o', (env) => {
    expect(hasOverrides(env)).toBe(false);
  });

  it('names the variable of a key', () => {
    expect(variableName('/limits/sessions/ttlSeconds')).toBe('SWITCHYARD_LIMITS__SESSIONS__TTL_SECONDS');
  });
});
