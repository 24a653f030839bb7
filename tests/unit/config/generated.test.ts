import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEFAULT_CONFIG } from '../../../src/config/defaults.ts';
import { formatConfig } from '../../../src/config/format.ts';
import { PRODUCTION_TEMPLATE, STARTER_TEMPLATE } from '../../../src/config/init-templates.ts';
import { configJsonSchema } from '../../../src/config/json-schema.ts';
import { CONFIG_SHAPE } from '../../../src/config/validate.ts';
import { listPaths } from '../../../src/config/shape.ts';
import { configDocsFile, renderConfigDocs } from '../../../tools/build-config-docs.ts';
import { configSchemaFile, renderConfigSchema } from '../../../tools/build-config-schema.ts';
import type { Config } from '../../../src/contracts/config.ts';
import { assembleText } from './assemble-text.ts';

const read = async (text: string): Promise<Config> => (await assembleText(text)).config;
const accepts = new Ajv({ strict: true, allowUnionTypes: true }).compile(configJsonSchema());

// @requirement C2.a
describe('the JSON Schema of the configuration', () => {
  it('is shipped as it is', () => {
    expect(readFileSync(configSchemaFile, 'utf8')).toBe(renderConfigSchema());
  });

  it('describes every key, and gives the default of every key that has one', () => {
    const text = JSON.stringify(configJsonSchema());
    for (const pointer of listPaths(CONFIG_SHAPE)) {
      const schema = pointer
        .slice(1)
        .split('/')
        .reduce<{ readonly properties?: unknown; readonly description?: unknown } | undefined>(
          (node, step) => (node?.properties as Record<string, never> | undefined)?.[step],
          configJsonSchema(),
        );
      expect(schema?.description, pointer).toMatch(/\.$/);
    }
    expect(text).toContain('"default":8000');
  });

  it.each([
    ['{}', true],
    ['server: {port: 1, host: "::1", trustedProxy: null}', true],
    ['server: {port: "${PORT:-1}"}\nlog: {level: "${LEVEL}"}', true],
    ['policy: {roles: {x: {scopes: [tools:read]}}, rules: [{id: a, effect: deny, targets: ["**"]}]}', true],
    ['retry_attempts: 1', true],
    ['server: {prot: 1}', false],
    ['server: {port: "1"}', false],
    ['server: {port: 70000}', false],
    ['log: {level: loud}', false],
    ['policy: {rules: [{id: a, targets: []}]}', false],
  ])('%s: %s', (text, expected) => {
    expect(accepts(parse(text))).toBe(expected);
  });
});

describe('docs/configuration.md', () => {
  it('has the reference of today', () => {
    const document = readFileSync(configDocsFile, 'utf8');
    expect(document).toBe(renderConfigDocs(document));
  });
});

// @requirement C2.d
describe('the templates of init', () => {
  it('the starter changes nothing', async () => {
    expect(await read(STARTER_TEMPLATE)).toEqual(DEFAULT_CONFIG);
  });

  it('the starter is valid, and still the default, when every comment with a key is made real', async () => {
    const active = STARTER_TEMPLATE.split('\n')
      .map((line) => line.replace(/^# ( *(?:- )?[\w]+:(?: .*)?)$/, '$1'))
      .join('\n');
    const { policy, ...rest } = await read(active);
    const { policy: _, ...defaults } = DEFAULT_CONFIG;
    expect(rest).toEqual({ ...defaults, workspace: { ...defaults.workspace, root: '/x' } });
    expect(policy.rules).toHaveLength(1);
  });

  it('production is stricter than the defaults', async () => {
    const config = await read(PRODUCTION_TEMPLATE);
    expect(config.environment).toBe('production');
    expect(config.identity.localRoles).toEqual(['user']);
    expect(config.limits.roles['user']).toBeLessThan(DEFAULT_CONFIG.limits.roles['user'] ?? 0);
    expect(config.limits.maxBodyBytes).toBeLessThan(DEFAULT_CONFIG.limits.maxBodyBytes);
    expect(config.policy.rules.every(({ effect }) => effect === 'deny')).toBe(true);
  });

  it.each([
    ['starter', STARTER_TEMPLATE],
    ['production', PRODUCTION_TEMPLATE],
  ])('%s: editors find the schema, accept it, and fmt leaves it alone', async (_, text) => {
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/switchyard\.schema\.json\n/);
    expect(accepts(parse(text) ?? {})).toBe(true);
    expect(await formatConfig('x.yaml', Buffer.from(text), 'x.yaml')).toBe(text);
  });
});
