/** Amazon Bedrock: checks signatures as AWS does, and speaks its binary event stream. */
import { createHash, createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ProviderConfig } from '../../../src/contracts/models-config.ts';
import { ASKED, MODEL, SECRET, type ProviderCase, type ProviderFixture } from '../../compliance/model-provider-fixture.ts';
import { COHERE, cohereCases, embed, isEmbedder, TITAN, titanCases } from './bedrock-embed.ts';
import { JSON_HEADERS, type VendorAnswer, type VendorRequest } from './vendor.ts';
import { CLAUDE_EVENTS, CLAUDE_PLAIN, eventStream, MESSAGES } from './claude.ts';

export const AWS_REGION = 'eu-central-1';
export const AWS_KEY_ID = 'AKIDEXAMPLE';
export const AWS_SESSION = 'session-token/+=';
export const CLAUDE = 'eu.anthropic.claude-sonnet-5-v1:0';
const EVENT_STREAM_HEADERS: Readonly<Record<string, string>> = { 'content-type': 'application/vnd.amazon.eventstream' };

/** One message of `application/vnd.amazon.eventstream`. */
export function frame(headers: Readonly<Record<string, string>>, payload: string | Buffer): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const bytes = Buffer.alloc(4 + name.length);
      bytes.writeUInt8(name.length, 0);
      bytes.write(name, 1);
      bytes.writeUInt8(7, 1 + name.length);
      bytes.writeUInt16BE(Buffer.byteLength(value), 2 + name.length);
      return Buffer.concat([bytes, Buffer.from(value)]);
    }),
  );
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const rest = Buffer.concat([prelude, head, body]);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(crc32(rest), 0);
  return Buffer.concat([rest, end]);
}

export const eventFrame = (type: string, payload: string | Buffer): Buffer =>
  frame({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, payload);
export const exceptionFrame = (type: string, payload: string): Buffer =>
  frame({ ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' }, payload);
/** An event of the model, as `invoke-with-response-stream` wraps it. */
export const chunkFrame = (event: string): Buffer => eventFrame('chunk', JSON.stringify({ bytes: Buffer.from(event).toString('base64'), p: 'abcdefgh' }));

/** What is wrong with the signature; undefined = nothing. Computed from what arrived alone. */
export function signatureProblem({ method, path, headers, body }: VendorRequest): string | undefined {
  const told = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  );
  if (!told) return 'IncompleteSignature';
  const [, keyId, day, region, service, names = '', signature] = told;
  const at = String(headers['x-amz-date']);
  const instant = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (keyId !== AWS_KEY_ID) return 'UnrecognizedClientException';
  if (!(Math.abs(Date.now() - instant) < 300_000) || !at.startsWith(String(day))) return 'RequestExpired';
  if (region !== AWS_REGION || service !== 'bedrock') return 'InvalidSignatureException';
  const signedNames = names.split(';');
  const mustBeSigned = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  if (mustBeSigned.some((name) => !signedNames.includes(name))) return 'InvalidSignatureException';
  const [plainPath = '', query = ''] = path.split('?');
  const canonical = [
    method,
    plainPath.replace(/[^A-Za-z0-9\-._~/]/g, (character) => `%${Buffer.from(character).toString('hex').toUpperCase()}`),
    query.split('&').toSorted().join('&'),
    ...signedNames.map((name) => `${name}:${String(headers[name])}`),
    '',
    names,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  let key = Buffer.from(`AWS4${SECRET}`);
  for (const part of [day, region, service, 'aws4_request']) key = createHmac('sha256', key).update(String(part)).digest();
  const text = `AWS4-HMAC-SHA256\n${at}\n${day}/${region}/${service}/aws4_request\n${createHash('sha256').update(canonical).digest('hex')}`;
  return createHmac('sha256', key).update(text).digest('hex') === signature ? undefined : 'InvalidSignatureException';
}

/** Spaces, unknown members and numbers that only bytes keep. */
const UNKNOWN = '"brandNew": {"n": 12345678901234567890, "e": "\\u00e4"} ';
const CONVERSE = `{${UNKNOWN}, "messages":[{"role":"user","content":[{"text":"Hi"}]}],"inferenceConfig":{"maxTokens":9} }`;
const CONVERSE_PLAIN =
  '{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"stopReason":"end_turn","big":12345678901234567890,"usage":{"inputTokens":7,"outputTokens":11,"totalTokens":18,"cacheReadInputTokens":3}}';
const CONVERSE_EVENTS: readonly (readonly [string, string])[] = [
  ['messageStart', '{"role":"assistant","p":"ab"}'],
  ['contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"Hellö"},"p":"abcd","big":12345678901234567890}'],
  ['contentBlockStop', '{"contentBlockIndex":0}'],
  ['messageStop', '{"stopReason":"end_turn"}'],
  ['metadata', '{"usage":{"inputTokens":7,"outputTokens":11,"totalTokens":18}}'],
];
export const CONVERSE_FRAMES: Buffer = Buffer.concat(CONVERSE_EVENTS.map(([name, payload]) => eventFrame(name, payload)));
export const CONVERSE_STREAM: string = CONVERSE_EVENTS.map(([name, payload]) => `data: {"${name}":${payload}}\n\n`).join('');

/** Its last event has figures of the reseller. */
const EVENTS: typeof CLAUDE_EVENTS = [
  ...CLAUDE_EVENTS.slice(0, -1),
  ['message_stop', '{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":7}}'],
];
const CLAUDE_FRAMES = Buffer.concat(EVENTS.map(([, event]) => chunkFrame(event)));
const CLAUDE_STREAM = eventStream(EVENTS);

const awsError = (status: number, message: string, type: string): VendorAnswer => ({
  status,
  headers: { ...JSON_HEADERS, 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
  body: JSON.stringify({ message }),
});

/** Answers a request whose credential is right. */
function answer({ method, path, body }: VendorRequest): VendorAnswer {
  const json = (text: string): VendorAnswer => ({ headers: JSON_HEADERS, body: text });
  if (method === 'GET')
    return path === '/foundation-models'
      ? json('{"modelSummaries":[{"modelId":"amazon.nova-pro-v1:0"},{"modelId":"anthropic.claude-x"},{},null]}')
      : awsError(404, 'no', 'ResourceNotFoundException');
  const [, id = '', action] = /^\/model\/([^/]+)\/([a-z-]+)$/.exec(path) ?? [];
  const sent = JSON.parse(body.toString()) as Record<string, unknown>;
  if ('model' in sent || 'stream' in sent) return awsError(400, 'extraneous key', 'ValidationException');
  if (action === 'count-tokens') {
    if (decodeURIComponent(id) !== CLAUDE.slice(3)) return awsError(400, "The provided model doesn't support counting tokens.", 'ValidationException');
    const { input } = sent as { input: { invokeModel: { body: string } } };
    const inner = JSON.parse(Buffer.from(input.invokeModel.body, 'base64').toString()) as Record<string, unknown>;
    return inner['anthropic_version'] === 'bedrock-2023-05-31' && 'max_tokens' in inner
      ? json('{"inputTokens": 14}')
      : awsError(400, 'malformed', 'ValidationException');
  }
  if (decodeURIComponent(id) === CLAUDE) {
    if (sent['anthropic_version'] !== 'bedrock-2023-05-31') return awsError(400, 'anthropic_version: Field required', 'ValidationException');
    return action === 'invoke' ? json(CLAUDE_PLAIN) : { headers: EVENT_STREAM_HEADERS, body: CLAUDE_FRAMES };
  }
  if (action === 'invoke' && isEmbedder(decodeURIComponent(id)))
    return embed(decodeURIComponent(id), sent, (words) => awsError(400, words, 'ValidationException'));
  if (decodeURIComponent(id) !== MODEL) return awsError(404, 'no such model', 'ResourceNotFoundException');
  return action === 'converse' ? json(CONVERSE_PLAIN) : { headers: EVENT_STREAM_HEADERS, body: CONVERSE_FRAMES };
}

/** As AWS: nothing without a right signature. */
export function serveBedrock(request: VendorRequest): VendorAnswer {
  const problem = signatureProblem(request);
  return problem === undefined ? answer(request) : awsError(403, 'The request signature does not match.', problem);
}

const pathOf = (model: string, action: string): string => `/model/${encodeURIComponent(model)}/${action}`;

const converseCases: readonly ProviderCase[] = [
  {
    operation: 'generate',
    dialect: 'bedrock-converse',
    isStream: false,
    body: CONVERSE,
    path: pathOf(MODEL, 'converse'),
    sent: CONVERSE,
    answer: CONVERSE_PLAIN,
    usage: { inputTokens: 10, outputTokens: 11, cacheReadTokens: 3 },
  },
  {
    operation: 'generate',
    dialect: 'bedrock-converse',
    isStream: true,
    body: CONVERSE,
    path: pathOf(MODEL, 'converse-stream'),
    sent: CONVERSE,
    answer: CONVERSE_STREAM,
    usage: { inputTokens: 7, outputTokens: 11 },
  },
];
const claude = { dialect: 'anthropic-messages', usage: { inputTokens: 7, outputTokens: 11 } } as const;
const claudeCases: readonly ProviderCase[] = [
  {
    ...claude,
    operation: 'generate',
    isStream: false,
    body: `{${UNKNOWN}, "model" : "${ASKED}","max_tokens":9, ${MESSAGES} }`,
    path: pathOf(CLAUDE, 'invoke'),
    sent: `{${UNKNOWN}, "max_tokens":9, ${MESSAGES},"anthropic_version":"bedrock-2023-05-31" }`,
    answer: CLAUDE_PLAIN,
  },
  {
    ...claude,
    operation: 'generate',
    isStream: true,
    body: `{"model":"${ASKED}","stream":true,${UNKNOWN},${MESSAGES},"max_tokens":9}`,
    path: pathOf(CLAUDE, 'invoke-with-response-stream'),
    sent: `{${UNKNOWN},${MESSAGES},"max_tokens":9,"anthropic_version":"bedrock-2023-05-31"}`,
    answer: CLAUDE_STREAM,
  },
  {
    ...claude,
    operation: 'count',
    isStream: false,
    usage: {},
    body: `{"model":"${ASKED}",${MESSAGES}}`,
    path: pathOf(CLAUDE.slice(3), 'count-tokens'),
    sent: JSON.stringify({
      input: { invokeModel: { body: Buffer.from(`{${MESSAGES},"anthropic_version":"bedrock-2023-05-31","max_tokens":1}`).toString('base64') } },
    }),
    answer: '{"input_tokens":14}',
  },
];

const pair = { region: AWS_REGION, accessKeyId: AWS_KEY_ID, secretAccessKey: SECRET } as const;
const required = { region: /\.mine\.region/, accessKeyId: /\.mine\.accessKeyId/, secretAccessKey: /\.mine\.secretAccessKey/ } as const;
const failure = (status: number, message: string): string =>
  JSON.stringify({ message, ...(status === 429 ? { __type: 'com.amazon.bedrock#ThrottlingException' } : {}) });

function fixtureOf(own: Pick<ProviderFixture, 'title' | 'cases'> & Partial<ProviderFixture>, credentials: Partial<ProviderConfig> = pair): ProviderFixture {
  return {
    kind: 'bedrock',
    config: (baseUrl) => ({ baseUrl, ...credentials }),
    credential: { header: 'authorization', value: /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\// },
    required,
    models: ['amazon.nova-pro-v1:0', 'anthropic.claude-x'],
    serve: serveBedrock,
    failure,
    ...own,
  };
}

export const bedrockFixtures: readonly ProviderFixture[] = [
  fixtureOf({ title: 'bedrock, converse', cases: converseCases }),
  fixtureOf({ title: 'bedrock, Claude', cases: claudeCases, model: CLAUDE }, { ...pair, sessionToken: AWS_SESSION }),
  fixtureOf({ title: 'bedrock, Titan embeddings', cases: titanCases, model: TITAN }),
  fixtureOf({ title: 'bedrock, Cohere embeddings', cases: cohereCases, model: COHERE }, { ...pair, sessionToken: AWS_SESSION }),
  fixtureOf(
    {
      title: 'bedrock, by its own key',
      cases: converseCases,
      credential: { header: 'authorization', value: `Bearer ${SECRET}` },
      required: { region: required.region, apiKey: /\.mine\.accessKeyId/ },
      serve: (request) => (request.headers.authorization === `Bearer ${SECRET}` ? answer(request) : awsError(403, 'no', 'AccessDeniedException')),
    },
    { region: AWS_REGION, apiKey: SECRET },
  ),
];
