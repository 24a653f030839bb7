/** Signatures against the vectors that AWS publishes. */
import { describe, expect, it } from 'vitest';
import { signRequest } from '../../../../src/models/providers/bedrock/sigv4.ts';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: null };
const REQUEST = { region: 'us-east-1', service: 'service', atMs: Date.UTC(2015, 7, 30, 12, 36, 0) };
const HOST = 'https://example.amazonaws.com';

// @requirement M1.d
describe('signatures of AWS, version 4', () => {
  it.each([
    ['get-vanilla', 'GET', '/', {}, undefined, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      {},
      undefined,
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    ['post-vanilla', 'POST', '/', {}, undefined, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'post-x-www-form-urlencoded',
      'POST',
      '/',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
    ['post-header-key-sort', 'POST', '/', { 'My-Header1': 'value1' }, undefined, 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c'],
  ])('%s', (_name, method, path, headers, body, signature) => {
    const signed = signRequest(CREDENTIALS, { ...REQUEST, method, url: `${HOST}${path}`, headers, body: body === undefined ? undefined : Buffer.from(body) });
    const names = ['host', ...Object.keys(headers).map((name) => name.toLowerCase()), 'x-amz-date'].toSorted().join(';');
    expect(signed).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    });
  });

  it('signs the token of temporary credentials and sends it', () => {
    const signed = signRequest({ ...CREDENTIALS, sessionToken: 'token' }, { ...REQUEST, method: 'GET', url: HOST });
    expect(signed['x-amz-security-token']).toBe('token');
    expect(signed['authorization']).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
  });
});
