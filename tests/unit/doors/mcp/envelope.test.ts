import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../../src/doors/mcp/envelope.ts';

const VERSION = 'io.modelcontextprotocol/protocolVersion';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const LEVEL = 'io.modelcontextprotocol/logLevel';
const whole = { [VERSION]: '2026-07-28', [CAPABILITIES]: {} };

describe('an envelope', () => {
  it('is read whole', () => {
    expect(readEnvelope({ _meta: whole })).toMatchObject({ version: '2026-07-28', capabilities: {} });
  });

  it.each([
    ['without params', undefined, { missing: ['_meta'] }],
    ['without _meta', {}, { missing: ['_meta'] }],
    ['without a member', { _meta: { [CAPABILITIES]: {} } }, { missing: [VERSION] }],
    ['without either member', { _meta: {} }, { missing: [VERSION, CAPABILITIES] }],
    ['that is null', { _meta: null }, { key: '_meta' }],
    ['that is a list', { _meta: [] }, { key: '_meta' }],
    ['that is a text', { _meta: 'x' }, { key: '_meta' }],
    ['with a version that is no text', { _meta: { ...whole, [VERSION]: 1 } }, { key: VERSION }],
    ['with an unknown log level', { _meta: { ...whole, [LEVEL]: 'loud' } }, { key: LEVEL }],
  ] as const)('%s is refused with the name of what is wrong', (_name, params, data) => {
    expect(() => readEnvelope(params)).toThrow(expect.objectContaining({ code: 'ENVELOPE_INVALID', data }) as Error);
  });
});
