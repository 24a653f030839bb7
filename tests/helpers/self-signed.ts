/** A certificate that nobody signed but its owner, made anew for each run. @see RFC 5280 section 4.1 */
import { generateKeyPairSync, sign } from 'node:crypto';

const encode = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), body]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => encode(0x30, ...parts);
const text = (tag: number, value: string): Buffer => encode(tag, Buffer.from(value));

/** ecdsa-with-SHA256. */
const ALGORITHM = sequence(encode(0x06, Buffer.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)));
/** CN=localhost. */
const NAME = sequence(encode(0x31, sequence(encode(0x06, Buffer.of(0x55, 0x04, 0x03)), text(0x0c, 'localhost'))));

/** Key and certificate in PEM. */
export function createSelfSigned(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const facts = sequence(
    encode(0xa0, encode(0x02, Buffer.of(2))),
    encode(0x02, Buffer.of(1)),
    ALGORITHM,
    NAME,
    sequence(text(0x17, '250101000000Z'), text(0x17, '491231235959Z')),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', facts, privateKey);
  const der = sequence(facts, ALGORITHM, encode(0x03, Buffer.of(0), signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
