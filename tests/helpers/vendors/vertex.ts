/** Vertex AI with Google's token endpoint: tokens only for a right signature, answers only for a token. */
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ASKED, MODEL, SECRET, type ProviderCase, type ProviderFixture } from '../../compliance/model-provider-fixture.ts';
import { GEMINI_BODY, GEMINI_COUNT, GEMINI_PLAIN, GEMINI_STREAM, googleError } from './gemini.ts';
import { EMBEDDING_MODEL, embedCase, predict } from './vertex-embed.ts';
import { JSON_HEADERS, startVendor, STREAM_HEADERS, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.ts';
import { CLAUDE_EVENTS, CLAUDE_PLAIN, eventStream, MESSAGES } from './claude.ts';

export const GOOGLE_TOKEN = `ya29.${SECRET}`;
export const CLIENT_EMAIL = 'gateway@project-1.iam.gserviceaccount.com';
const REGION = 'europe-west4';
const CLAUDE = 'claude-sonnet-5@20260514';
const KEYS = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** The file that a service account has. */
export const serviceAccount = (tokenUrl: string): string =>
  JSON.stringify({
    type: 'service_account',
    project_id: 'project-1',
    private_key_id: 'key-1',
    private_key: KEYS.privateKey,
    client_email: CLIENT_EMAIL,
    token_uri: tokenUrl,
  });

const json = (value: unknown, status = 200): VendorAnswer => ({ status, headers: JSON_HEADERS, body: JSON.stringify(value) });
const token = (): VendorAnswer => json({ access_token: GOOGLE_TOKEN, expires_in: 3599, token_type: 'Bearer' });

/** The endpoints where a token is had: of a service account, of a person, of a machine. */
export function serveToken({ method, path, headers, body }: VendorRequest): VendorAnswer {
  if (method === 'GET')
    return path === '/computeMetadata/v1/instance/service-accounts/default/token' && headers['metadata-flavor'] === 'Google' ? token() : json({}, 403);
  if (path !== '/token' || headers['content-type'] !== 'application/x-www-form-urlencoded') return json({}, 404);
  const form = new URLSearchParams(body.toString());
  if (form.get('grant_type') === 'refresh_token') {
    const isRight = form.get('client_id') === 'client' && form.get('client_secret') === 'client-secret' && form.get('refresh_token') === 'refresh';
    return isRight ? token() : json({ error: 'invalid_grant' }, 400);
  }
  const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
  const isSigned = createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(KEYS.publicKey, signature, 'base64url');
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  const now = Date.now() / 1000;
  const isRight =
    isSigned &&
    form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
    (JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>)['kid'] === 'key-1' &&
    said['iss'] === CLIENT_EMAIL &&
    said['aud'] === `http://${headers.host}/token` &&
    said['scope'] === 'https://www.googleapis.com/auth/cloud-platform' &&
    Math.abs(Number(said['iat']) - now) < 60 &&
    Number(said['exp']) - Number(said['iat']) === 3600;
  return isRight ? token() : json({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 400);
}

const UNKNOWN = '"brand_new": {"n": 12345678901234567890, "e": "\\u00e4"} ';
const CONTENTS = '"contents": [{"role":"user","parts":[{"text":"Hi"}]}]';
const CLAUDE_STREAM = eventStream(CLAUDE_EVENTS);

const pathOf = (publisher: string, model: string, verb: string): string =>
  `/v1/projects/project-1/locations/${REGION}/publishers/${publisher}/models/${model}${verb}`;
const GOOGLE_MODEL = encodeURIComponent(MODEL);

function serve({ method, path, headers, body }: VendorRequest): VendorAnswer {
  if (headers.authorization !== `Bearer ${GOOGLE_TOKEN}`)
    return { status: 401, headers: JSON_HEADERS, body: googleError(401, 'Request had invalid authentication credentials.') };
  const list = '/v1beta1/publishers/google/models?pageSize=100';
  if (method === 'GET' && path === list) return json({ publisherModels: [{ name: 'publishers/google/models/gemini-a' }], nextPageToken: 'a b' });
  if (method === 'GET' && path === `${list}&pageToken=a%20b`) return json({ publisherModels: [{ name: 'publishers/google/models/gemini-b' }, {}, null] });
  const sent = JSON.parse(body.toString()) as Record<string, unknown>;
  const predicted = predict(path.replace(pathOf('google', '', ''), ''), sent);
  if (predicted) return predicted;
  switch (path.replace(EMBEDDING_MODEL, GOOGLE_MODEL)) {
    case pathOf('google', GOOGLE_MODEL, ':generateContent'):
      return { headers: JSON_HEADERS, body: GEMINI_PLAIN };
    case pathOf('google', GOOGLE_MODEL, ':streamGenerateContent?alt=sse'):
      return { headers: STREAM_HEADERS, body: GEMINI_STREAM };
    case pathOf('google', GOOGLE_MODEL, ':countTokens'):
      return 'generateContentRequest' in sent ? json({}, 400) : { headers: JSON_HEADERS, body: GEMINI_COUNT };
    case pathOf('anthropic', 'count-tokens', ':rawPredict'):
      return sent['model'] === CLAUDE && sent['anthropic_version'] === 'vertex-2023-10-16'
        ? { headers: JSON_HEADERS, body: '{"input_tokens": 14}' }
        : json({}, 400);
    case pathOf('anthropic', CLAUDE, ':rawPredict'):
      return sent['anthropic_version'] === 'vertex-2023-10-16' && !('model' in sent) ? { headers: JSON_HEADERS, body: CLAUDE_PLAIN } : json({}, 400);
    case pathOf('anthropic', CLAUDE, ':streamRawPredict'):
      return sent['stream'] === true && !('model' in sent) ? { headers: STREAM_HEADERS, body: CLAUDE_STREAM } : json({}, 400);
    default:
      return { status: 404, headers: JSON_HEADERS, body: googleError(404, 'no such resource') };
  }
}

const google = { dialect: 'gemini', usage: { inputTokens: 7, outputTokens: 11 } } as const;
const googleCasesOf = (model: string): readonly ProviderCase[] => [
  {
    ...google,
    operation: 'generate',
    isStream: false,
    body: GEMINI_BODY,
    path: pathOf('google', model, ':generateContent'),
    sent: GEMINI_BODY,
    answer: GEMINI_PLAIN,
  },
  {
    ...google,
    operation: 'generate',
    isStream: true,
    body: GEMINI_BODY,
    path: pathOf('google', model, ':streamGenerateContent?alt=sse'),
    sent: GEMINI_BODY,
    answer: GEMINI_STREAM,
  },
  ...[
    { title: 'as it is', body: `{${CONTENTS},${UNKNOWN}}` },
    { title: 'without the envelope of the other API', body: `{"generateContentRequest": {"model":"models/${ASKED}",${CONTENTS},${UNKNOWN}} }` },
  ].map(
    (own) =>
      ({
        ...google,
        ...own,
        operation: 'count',
        isStream: false,
        path: pathOf('google', model, ':countTokens'),
        sent: `{${CONTENTS},${UNKNOWN}}`,
        answer: GEMINI_COUNT,
        usage: {},
      }) as const,
  ),
];
const claude = { dialect: 'anthropic-messages', usage: { inputTokens: 7, outputTokens: 11 } } as const;
const claudeCases: readonly ProviderCase[] = [
  {
    ...claude,
    operation: 'generate',
    isStream: false,
    body: `{${UNKNOWN}, "model" : "${ASKED}","max_tokens":9, ${MESSAGES} }`,
    path: pathOf('anthropic', CLAUDE, ':rawPredict'),
    sent: `{${UNKNOWN}, "max_tokens":9, ${MESSAGES},"anthropic_version":"vertex-2023-10-16" }`,
    answer: CLAUDE_PLAIN,
  },
  {
    ...claude,
    operation: 'generate',
    isStream: true,
    body: `{"model":"${ASKED}","stream":true,${UNKNOWN},${MESSAGES}}`,
    path: pathOf('anthropic', CLAUDE, ':streamRawPredict'),
    sent: `{"stream":true,${UNKNOWN},${MESSAGES},"anthropic_version":"vertex-2023-10-16"}`,
    answer: CLAUDE_STREAM,
  },
  {
    ...claude,
    operation: 'count',
    isStream: false,
    usage: {},
    body: `{"model":"${ASKED}","max_tokens":9,${MESSAGES}}`,
    path: pathOf('anthropic', 'count-tokens', ':rawPredict'),
    sent: `{"model":"${CLAUDE}",${MESSAGES},"anthropic_version":"vertex-2023-10-16"}`,
    answer: '{"input_tokens": 14}',
  },
];

/** The place of the credentials while a vendor runs. */
let credentialsFile: string | null = null;

async function start(): Promise<Vendor> {
  const folder = mkdtempSync(join(tmpdir(), 'sy-vertex-'));
  const tokens = await startVendor(serveToken);
  credentialsFile = join(folder, 'account.json');
  writeFileSync(credentialsFile, serviceAccount(`${tokens.url}/token`));
  const vendor = await startVendor(serve);
  return {
    ...vendor,
    async stop() {
      await vendor.stop();
      await tokens.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const fixtureOf = (own: Pick<ProviderFixture, 'title' | 'cases'> & Partial<ProviderFixture>): ProviderFixture => ({
  kind: 'vertex',
  config: (baseUrl) => ({ baseUrl, project: 'project-1', region: REGION, credentialsFile }),
  credential: { header: 'authorization', value: `Bearer ${GOOGLE_TOKEN}` },
  required: { project: /\.mine\.project/, region: /\.mine\.region/ },
  models: ['gemini-a', 'gemini-b'],
  serve,
  start,
  failure: googleError,
  ...own,
});

export const vertexFixtures: readonly ProviderFixture[] = [
  fixtureOf({ title: 'vertex, Gemini', cases: googleCasesOf(GOOGLE_MODEL) }),
  fixtureOf({ title: 'vertex, Claude', cases: claudeCases, model: CLAUDE }),
  fixtureOf({
    title: 'vertex, embeddings',
    cases: [...googleCasesOf(EMBEDDING_MODEL), embedCase(pathOf('google', EMBEDDING_MODEL, ':predict'))],
    model: EMBEDDING_MODEL,
  }),
];
