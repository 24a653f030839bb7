/** What build-dialect-docs.ts tries: for each dialect of a client, a request and what is added to it. (A table: longer than the house's file limit by nature.) */
import type { ModelDialect } from '../src/contracts/model.ts';

/** One row of a table. */
export interface Probe {
  readonly label: string;
  /** Members that are added, or replace those of the base. */
  readonly adds: object;
  /** What must stand there too for the row to mean something. */
  readonly beside?: object;
}

/** A dialect that clients speak. */
export interface ProbedDoor {
  readonly dialect: ModelDialect;
  readonly name: string;
  readonly base: object;
  readonly probes: readonly Probe[];
}

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const PNG = 'iVBORw0KGgo=';
const PDF = 'JVBERi0=';

/** A conversation of these messages. */
const talk = (...messages: readonly object[]): object => ({ messages });
const X = { role: 'user', content: 'x' };
const Y = { role: 'assistant', content: 'y' };
const Z = { role: 'user', content: 'z' };
const say = (...parts: readonly object[]): object => talk({ role: 'user', content: parts });
const TOOLS = { tools: [{ type: 'function', function: { name: 't', parameters: SCHEMA } }] };

const OPENAI_CHAT: ProbedDoor = {
  dialect: 'openai-chat',
  name: 'OpenAI chat completions',
  base: { model: 'm', messages: [X] },
  probes: [
    {
      label: 'system, developer in front',
      adds: talk({ role: 'developer', content: 'S' }, X),
    },
    {
      label: 'system behind a message of the user',
      adds: talk(X, { role: 'system', content: 'S' }),
    },
    { label: '`image_url` as data URL', adds: say({ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }) },
    { label: '`image_url` as address', adds: say({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }) },
    { label: '`file` with its bytes (PDF)', adds: say({ type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` } }) },
    { label: '`file` by id', adds: say({ type: 'file', file: { file_id: 'f' } }) },
    { label: '`input_audio`', adds: say({ type: 'input_audio', input_audio: { data: '', format: 'wav' } }) },
    {
      label: '`tool_calls` and their results',
      beside: TOOLS,
      adds: talk(
        X,
        { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 't', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'c', content: 'r' },
      ),
    },
    {
      label: '`reasoning_content` of earlier answers',
      adds: talk(X, { role: 'assistant', content: 'y', reasoning_content: 'hm' }, Z),
      beside: talk(X, Y, Z),
    },
    {
      label: 'last message of the assistant',
      adds: talk(X, Y),
    },
    { label: '`tools`', adds: TOOLS },
    { label: 'tools of type `custom`', adds: { tools: [{ type: 'custom', custom: { name: 'c' } }] } },
    ...['auto', 'none', 'required'].map((choice) => ({ label: `\`tool_choice: ${choice}\``, beside: TOOLS, adds: { tool_choice: choice } })),
    { label: '`tool_choice` of one function', beside: TOOLS, adds: { tool_choice: { type: 'function', function: { name: 't' } } } },
    { label: '`parallel_tool_calls: false`', beside: TOOLS, adds: { parallel_tool_calls: false } },
    { label: '`max_tokens`, `max_completion_tokens`', adds: { max_completion_tokens: 77 } },
    { label: '`temperature`', adds: { temperature: 0.5 } },
    { label: '`top_p`', adds: { top_p: 0.5 } },
    { label: '`seed`', adds: { seed: 1 } },
    { label: '`stop`', adds: { stop: ['END'] } },
    {
      label: '`response_format: json_schema`',
      adds: { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: SCHEMA, strict: true } } },
    },
    { label: '`response_format: json_object`', adds: { response_format: { type: 'json_object' } } },
    { label: '`reasoning_effort`', adds: { reasoning_effort: 'high' } },
    { label: '`user`, `safety_identifier`', adds: { user: 'u' } },
    { label: '`n` above 1', adds: { n: 2 } },
    { label: '`logprobs`', adds: { logprobs: true } },
    { label: '`audio`, `modalities` beyond text', adds: { modalities: ['text', 'audio'] } },
    { label: '`web_search_options`', adds: { web_search_options: {} } },
    { label: '`service_tier`, `store`, `metadata`, `verbosity`, penalties, `logit_bias`', adds: { service_tier: 'flex' } },
    { label: 'a member that nobody knows', adds: { of_tomorrow: 1 } },
  ],
};

const CUSTOM = { tools: [{ name: 't', input_schema: SCHEMA }] };
const CALL = { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 't', input: {} }] };
const RESULT = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 'r' }] };
const ANTHROPIC: ProbedDoor = {
  dialect: 'anthropic-messages',
  name: 'Anthropic messages',
  base: { model: 'm', max_tokens: 9, messages: [X] },
  probes: [
    { label: '`system`', adds: { system: 'S' } },
    {
      label: 'role `system` behind a message of the user',
      adds: talk(X, { role: 'system', content: 'S' }),
    },
    { label: '`image` as base64', adds: say({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }) },
    { label: '`image` as address', adds: say({ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }) },
    {
      label: '`document` as base64 (PDF)',
      adds: say({ type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: PDF } }),
    },
    { label: '`document` as address', adds: say({ type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } }) },
    { label: 'sources of type `file`', adds: say({ type: 'image', source: { type: 'file', file_id: 'f' } }) },
    {
      label: '`citations` of documents',
      adds: say({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' }, citations: { enabled: true } }),
    },
    {
      label: '`tool_use` and `tool_result`',
      beside: CUSTOM,
      adds: talk(X, CALL, RESULT),
    },
    {
      label: '`is_error` of a result',
      beside: { ...CUSTOM, ...talk(X, CALL, RESULT) },
      adds: talk(X, CALL, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 'r', is_error: true }] }),
    },
    {
      label: 'images in a result',
      beside: CUSTOM,
      adds: talk(X, CALL, {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'c', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }] }],
      }),
    },
    {
      label: '`thinking`, `redacted_thinking` of earlier answers',
      beside: talk(X, Y, Z),
      adds: talk(
        X,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 's' },
            { type: 'text', text: 'y' },
          ],
        },
        Z,
      ),
    },
    {
      label: 'last message of the assistant (prefill)',
      adds: talk(X, Y),
    },
    { label: '`tools`', adds: CUSTOM },
    { label: "the vendor's own tools", adds: { tools: [{ type: 'web_search_20260318', name: 'web_search' }] } },
    ...['auto', 'none', 'any'].map((type) => ({ label: `\`tool_choice: ${type}\``, beside: CUSTOM, adds: { tool_choice: { type } } })),
    { label: '`tool_choice` of one tool', beside: CUSTOM, adds: { tool_choice: { type: 'tool', name: 't' } } },
    {
      label: '`disable_parallel_tool_use`',
      beside: { ...CUSTOM, tool_choice: { type: 'auto' } },
      adds: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    },
    { label: '`temperature`', adds: { temperature: 0.5 } },
    { label: '`top_p`', adds: { top_p: 0.5 } },
    { label: '`top_k`', adds: { top_k: 5 } },
    { label: '`stop_sequences`', adds: { stop_sequences: ['END'] } },
    { label: '`output_config.format`', adds: { output_config: { format: { type: 'json_schema', schema: SCHEMA } } } },
    { label: '`output_config.effort`', adds: { output_config: { effort: 'high' } } },
    {
      label: '`thinking: enabled` with a budget',
      adds: { max_tokens: 9000, thinking: { type: 'enabled', budget_tokens: 2048 } },
      beside: { max_tokens: 9000 },
    },
    { label: '`thinking: adaptive` without an effort', adds: { thinking: { type: 'adaptive' } } },
    { label: '`thinking: disabled`', adds: { thinking: { type: 'disabled' } } },
    { label: '`metadata.user_id`', adds: { metadata: { user_id: 'u' } } },
    { label: '`cache_control`, `service_tier`, `context_management`', adds: { cache_control: { type: 'ephemeral' } } },
    { label: '`container`, `mcp_servers`, `inference_geo`', adds: { inference_geo: 'us' } },
    { label: 'a member that nobody knows', adds: { of_tomorrow: 1 } },
  ],
};

const RESPONSES_TOOLS = { tools: [{ type: 'function', name: 't', parameters: SCHEMA, strict: true }] };
const RESPONSES: ProbedDoor = {
  dialect: 'openai-responses',
  name: 'OpenAI responses',
  base: { model: 'm', input: 'x', store: false },
  probes: [
    { label: '`instructions`', adds: { instructions: 'S' } },
    { label: '`input_image`', adds: { input: [{ role: 'user', content: [{ type: 'input_image', image_url: `data:image/png;base64,${PNG}` }] }] } },
    { label: '`tools` of type `function`', adds: RESPONSES_TOOLS },
    { label: '`tools` of type `namespace`', adds: { tools: [{ type: 'namespace', name: 'n', tools: RESPONSES_TOOLS.tools }] } },
    { label: "the vendor's own tools", adds: { tools: [{ type: 'web_search' }] } },
    { label: '`tool_choice: required`', beside: RESPONSES_TOOLS, adds: { tool_choice: 'required' } },
    { label: '`max_output_tokens`', adds: { max_output_tokens: 77 } },
    { label: '`temperature`', adds: { temperature: 0.5 } },
    { label: '`text.format: json_schema`', adds: { text: { format: { type: 'json_schema', name: 'answer', schema: SCHEMA, strict: true } } } },
    { label: '`reasoning.effort`', adds: { reasoning: { effort: 'high' } } },
    { label: '`previous_response_id`', adds: { previous_response_id: 'r' } },
    { label: '`background`', adds: { background: true } },
    { label: '`service_tier`, `metadata`, `truncation`', adds: { service_tier: 'flex' } },
    { label: 'a member that nobody knows', adds: { of_tomorrow: 1 } },
  ],
};

const GEMINI_TOOLS = { tools: [{ functionDeclarations: [{ name: 't', parametersJsonSchema: SCHEMA }] }] };
const GEMINI: ProbedDoor = {
  dialect: 'gemini',
  name: 'Gemini generateContent',
  base: { contents: [{ role: 'user', parts: [{ text: 'x' }] }] },
  probes: [
    { label: '`systemInstruction`', adds: { systemInstruction: { parts: [{ text: 'S' }] } } },
    { label: '`inlineData` (image)', adds: { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }] }] } },
    { label: '`functionDeclarations`', adds: GEMINI_TOOLS },
    { label: "the vendor's own tools", adds: { tools: [{ googleSearch: {} }] } },
    { label: '`maxOutputTokens`', adds: { generationConfig: { maxOutputTokens: 77 } } },
    { label: '`temperature`', adds: { generationConfig: { temperature: 0.5 } } },
    { label: '`topK`', adds: { generationConfig: { topK: 5 } } },
    { label: '`responseJsonSchema`', adds: { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: SCHEMA } } },
    { label: '`thinkingConfig`', adds: { generationConfig: { thinkingConfig: { thinkingLevel: 'high' } } } },
    { label: '`candidateCount` above 1', adds: { generationConfig: { candidateCount: 2 } } },
    { label: '`safetySettings`', adds: { safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_LOW_AND_ABOVE' }] } },
    { label: 'a member that nobody knows', adds: { ofTomorrow: 1 } },
  ],
};

/** In the order of the documentation. */
export const PROBED_DOORS: readonly ProbedDoor[] = [OPENAI_CHAT, ANTHROPIC, RESPONSES, GEMINI];
