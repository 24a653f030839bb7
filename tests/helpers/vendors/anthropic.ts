/** Anthropic's own wire. */
import { ASKED, MODEL, SECRET, type ProviderFixture } from '../../compliance/model-provider-fixture.ts';
import { JSON_HEADERS, STREAM_HEADERS } from './vendor.ts';
import { CLAUDE_EVENTS, eventStream, MESSAGES } from './claude.ts';

/** Spaces, unknown members and numbers that only bytes keep. */
const UNKNOWN = '"brand_new": {"n": 12345678901234567890, "e": "\\u00e4"}';
const PLAIN =
  '{"id":"m", "type":"message","big":12345678901234567890,"content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":7,"cache_read_input_tokens":3,"cache_creation_input_tokens":2,"output_tokens":11}}';
const COUNT = '{"input_tokens": 14}';
const STREAM = eventStream(CLAUDE_EVENTS);

export const anthropicFixtures: readonly ProviderFixture[] = [
  {
    title: 'anthropic',
    kind: 'anthropic',
    config: (baseUrl) => ({ baseUrl, apiKey: SECRET }),
    credential: { header: 'x-api-key', value: SECRET },
    required: { apiKey: /models\.providers\.mine\.apiKey/ },
    models: ['claude-a', 'claude-b', 'claude-c'],
    serve({ method, path, body }) {
      if (method === 'GET' && path === '/v1/models?limit=1000')
        return { headers: JSON_HEADERS, body: '{"data":[{"id":"claude-a"},{"id":"claude-b"}],"has_more":true,"last_id":"claude b"}' };
      if (method === 'GET' && path === '/v1/models?limit=1000&after_id=claude%20b')
        return { headers: JSON_HEADERS, body: '{"data":[{"id":"claude-c"},{"id":"claude-a"},{},null],"has_more":false}' };
      if (path === '/v1/messages/count_tokens') return { headers: JSON_HEADERS, body: COUNT };
      if (path !== '/v1/messages') return { status: 404, body: '{}' };
      return body.includes('"stream":true') ? { headers: STREAM_HEADERS, body: STREAM } : { headers: JSON_HEADERS, body: PLAIN };
    },
    cases: [
      {
        operation: 'generate',
        dialect: 'anthropic-messages',
        isStream: false,
        body: `{${UNKNOWN}, "model" : "${ASKED}","max_tokens":9, ${MESSAGES} }`,
        path: '/v1/messages',
        sent: `{${UNKNOWN}, "model" : "${MODEL}","max_tokens":9, ${MESSAGES} }`,
        answer: PLAIN,
        usage: { inputTokens: 12, outputTokens: 11, cacheReadTokens: 3, cacheWriteTokens: 2 },
      },
      {
        operation: 'generate',
        dialect: 'anthropic-messages',
        isStream: true,
        wantsUsage: true,
        body: `{"model":"${ASKED}","stream":true,${UNKNOWN},${MESSAGES}}`,
        path: '/v1/messages',
        sent: `{"model":"${MODEL}","stream":true,${UNKNOWN},${MESSAGES}}`,
        answer: STREAM,
        usage: { inputTokens: 7, outputTokens: 11 },
      },
      {
        operation: 'count',
        dialect: 'anthropic-messages',
        isStream: false,
        title: 'without what is not counted',
        body: `{"model":"${ASKED}","max_tokens":9,"stream":true,${UNKNOWN},${MESSAGES},"temperature":1}`,
        path: '/v1/messages/count_tokens',
        sent: `{"model":"${MODEL}",${UNKNOWN},${MESSAGES}}`,
        answer: COUNT,
        usage: {},
      },
    ],
    failure: (status, message) =>
      JSON.stringify({ type: 'error', error: { type: status === 413 ? 'request_too_large' : 'some_error', message }, request_id: 'r' }),
  },
];
