/** Access tokens of an issuer of its own, over real sockets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forge, forgeProof, thumbprintOf } from '../../helpers/forge.ts';
import { startTokenGateway, type TokenGateway } from '../../helpers/token-gateway.ts';

let gateway: TokenGateway;
beforeAll(async () => {
  gateway = await startTokenGateway();
});
afterAll(async () => {
  await gateway.stop();
});

const bearer = (token: string): { readonly authorization: string } => ({ authorization: `Bearer ${token}` });

describe('a valid token', () => {
  it.each(['RS256', 'ES256', 'EdDSA'] as const)('of %s lets its holder call', async (alg) => {
    const answer = await gateway.call(`good-${alg}`, bearer(forge(gateway.world, { alg })));
    expect([answer.status, gateway.marks.has(`good-${alg}`)]).toEqual([200, true]);
  });

  it('bound to a key lets the holder of the key call', async () => {
    const token = forge(gateway.world, { claims: { cnf: { jkt: thumbprintOf(gateway.holder.jwk) } } });
    const answer = await gateway.call('dpop', { authorization: `DPoP ${token}`, dpop: forgeProof(gateway.world, gateway.holder, token) });
    expect([answer.status, gateway.marks.has('dpop'), await answer.text()]).toEqual([200, true, expect.anything()]);
  });
});
