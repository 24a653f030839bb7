/**
 * @module models/providers/bedrock/sigv4: signs requests to AWS. Own code: it is one page, has published
 * vectors, and the signers on npm want `fetch` or bring an SDK with them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac } from 'node:crypto';

/** Who signs. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** For temporary credentials. */
  readonly sessionToken: string | null;
}

/** What is signed, and for whom. */
export interface SignedRequest {
  readonly method: string;
  /** As it is sent; its host with port is signed. */
  readonly url: string;
  readonly body?: Uint8Array | undefined;
  readonly region: string;
  readonly service: string;
  /** Milliseconds since 1970; the service allows five minutes of difference. */
  readonly atMs: number;
  /** Signed besides host and date. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** The headers `authorization`, `x-amz-date` and, for temporary credentials, `x-amz-security-token`. */
export function signRequest({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials, request: SignedRequest): Readonly<Record<string, string>> {
  const { method, body = new Uint8Array(), region, service, atMs } = request;
  const url = new URL(request.url);
  const stamp = new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const own = { 'x-amz-date': stamp, ...(sessionToken === null ? {} : { 'x-amz-security-token': sessionToken }) };
  const signed = Object.entries({ host: url.host, ...request.headers, ...own })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, ' ')] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = [method, canonicalPath(url.pathname), canonicalQuery(url), lines, names, sha256(body)].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key, [ALGORITHM, stamp, scope, sha256(canonical)].join('\n')).toString('hex');
  return { ...own, authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}` };
}

/** Every service but S3 wants the path, which is encoded already, encoded once more. */
function canonicalPath(path: string): string {
  return path.split('/').map(encode).join('/');
}

function canonicalQuery({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([name, value], [other, otherValue]) => (name === other ? (value < otherValue ? -1 : 1) : name < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Of RFC 3986: letters, digits and -._~ stay. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
