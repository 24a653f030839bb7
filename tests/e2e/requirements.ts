/**
 * Every clause of the specification that is being built now, each with an id that tests cite in their
 * name or in a comment `// @requirement D2.a`. What is not done yet stands in open-requirements.ts with
 * the reason. (A table, longer than other files by nature.)
 */
import { GATEWAY_CLAUSES } from './gateway-clauses.ts';
import { OPEN } from './open-requirements.ts';
import { TRUST_CLAUSES } from './trust-clauses.ts';

/** A clause and how far it is. */
export interface Requirement {
  readonly id: string;
  readonly clause: string;
  readonly status: 'done' | 'open';
  /** Why it is open. */
  readonly reason?: string;
}

/** Row of the specification → its clauses in order; the first has the letter a. */
const CLAUSES: Readonly<Record<string, readonly string[]>> = {
  D1: [
    'stdio: nothing but protocol lines on stdout; the guard is the first import',
    'stdio: end of input ends the process and its children',
    'stdio: SIGTERM ends the process and its children',
    'stdio: a dead parent ends the process and its children',
    'stdio: attaches to a running serve of the same home over a 0600 socket',
    'stdio: runs alone with its own audit segment when there is no serve',
    'five stdio processes beside a serve, 200 × kill −9: audit verify stays green',
  ],
  D2: [
    'POST /mcp serves revision 2026-07-28 without state',
    'POST /mcp serves 2025-11-25, 2025-06-18 and 2025-03-26 on the same endpoint',
    'stdio serves also 2024-11-05',
    'legacy sessions end after their time to live',
    'legacy sessions are bounded in number; eviction closes the session',
    'a legacy session is bound to its principal',
    'GET and DELETE serve legacy sessions',
    'a legacy client without a session id is served without state',
  ],
  D3: [
    'POST /v1/chat/completions and POST /v1/messages, plain and streaming; GET /v1/models',
    '/v1/responses, /v1/embeddings and /v1/messages/count_tokens',
    'the official OpenAI and Anthropic clients and Claude Code work against it unchanged',
    'a vendor’s own name of a model that the registry knows leads to the first configured provider of that vendor; nothing matches by likeness',
  ],
  D4: [
    'GET /health is public: status, service, version, RFC 3339 timestamp',
    'GET /health/ready',
    'GET /health/runtime',
    'GET /mcp/capabilities asks for a bearer',
    'POST /mcp/v1/tools/{name} calls a tool',
    'GET /metrics in Prometheus format',
    'OpenAPI document of the REST facade',
    'status page at /, opened by the one-time URL: clients, last calls, how to connect',
  ],
  D7: [
    'X-Correlation-ID and traceparent are taken from headers, or from params._meta',
    'a missing or malformed correlation id is replaced by a minted one',
    'the correlation id is returned, on every log line and on every audit record',
  ],
  D8: [
    'Host is checked always',
    'Origin is checked always; CORS is off unless origins are listed',
    'security headers on every answer',
    'bodies above 10 MB are refused',
    'answers above 50 MB are refused',
    'a request has 30 s to arrive: slow headers and slow bodies are cut',
    'ordinary calls have 30 s to answer; streams and declared longer timeouts their own',
    'plain HTTP only on loopback or behind a declared trusted proxy',
    'forwarded address, host and scheme are believed from the trusted proxy and from nobody else',
    'TLS 1.3 on the HTTP listener, with certificate reload',
    'mutual TLS on the HTTP listener',
  ],
  D9: [
    'stop: intake ends, running calls drain for at most 30 s, exit code 0',
    'stop: calls that do not drain are cancelled with a typed error',
    'stop: audit and metrics are flushed',
    'seven steps up and seven down, visible in /health/ready and the log',
  ],
  D10: [
    'createApp, getApp and runApp embed the same gateway in a Node program',
    "an embedding program's own tools are served",
    "an embedding program's own doors are served",
  ],
  K1: [
    'official conformance suite, server side, revision 2025-11-25: all required scenarios',
    'official conformance suite, server side, revision 2026-07-28: all required scenarios',
    'differential corpus: ≥ 500 requests per method and revision answer as the reference SDK does, but for a written list',
    'official clients (SDK v2 modern and legacy, SDK v1) over both transports',
    'expected failures of the suite only in a burn-down file',
  ],
  K2: [
    'tools: list, call, annotations, icons',
    'structured output is validated against outputSchema',
    'resources: list, read, templates',
    'resources: subscribe and unsubscribe',
    'prompts: list and get',
    'completion of prompt arguments and template variables',
    'logging reaches the client at the level it asked for',
    'progress reaches the client, in order, before the result',
    'cancellation: notification, and a closed connection, stop the call',
    'elicitation over the open stream of a legacy session',
    'input_required for the stateless revision',
    'requestState is integrity-protected and bound to principal, request and time to live',
    'list-changed is advertised and sent',
    'lists are paginated',
    'subscriptions/listen',
  ],
  K3: ['tasks extension: long calls survive a reconnect and a restart'],
  K4: [
    '−32700 for what is not JSON',
    '−32600 for what is not a request',
    '−32601 for an unknown method',
    '−32602 for wrong parameters and for an unknown tool or resource',
    '−32020, −32021 and −32022 of revision 2026-07-28',
    'own codes for authentication, authorization, permission and state lie outside the reserved range',
    'a failing or late tool is a result with isError',
    '≥ 20 000 bad requests on each door: no crash, no hang, no stack, no path, no 5xx for a fault of the client',
  ],
  K5: ['client context: id, created, last activity, request count, client info, era', 'client contexts are visible in the status tool'],
  K6: ['ping and health answer while every slot is busy', '1 000 concurrent clients with distinct keys: no cross-talk'],
  T1: ['ping: "pong" and the authenticated user; scope tools:ping'],
  T2: ['health_check really exercises auth, file system, memory, audit and storage'],
  T3: ['echo: echo, message_length, user_id; scope tools:ping'],
  T4: ['platform_status reports what was probed, no constants'],
  T5: ['read_file: path, content, size, lines; encoding, offset, limit'],
  T6: ['write_file is atomic; create_dirs; bytes_written'],
  T7: ['list_directory: count and items {path, type, size}; recursive'],
  C5: [
    'demo: streaming, failover, cost and audit without any key',
    'switches for slow, failing and cut streams',
    'labelled as simulated in every answer and price',
    'never reachable from a normal configuration',
  ],
  T10: [
    'llm_complete: prompt or messages, system, model, max_tokens, temperature, top_p to content, model, provider, usage, cost, finish_reason',
    'llm_embed, llm_count_tokens and llm_models; unknown is null',
    'llm_complete tells progress while it streams, and cancelling it cancels the provider',
  ],
  T12: [
    'config://platform with secrets redacted',
    'sdks://list: real version, available or what is missing',
    'audit://recent',
    'every result carries structuredContent {success, data, error, timestamp, correlation_id}, an outputSchema and text',
  ],
  M1: [
    'every kind of provider passes one suite against the wire of its vendor: bytes, credential, usage, lists, failures, redirects, cancellation',
    'keys come from variables; one that is not set leaves its provider not configured, with the fix',
    'well-known providers with keys from the environment, and names for current models, without a file',
    'bedrock, vertex and the Gemini CLI are in that suite',
    'a call has by default 4096 tokens, 60 s and 2 retries',
  ],
  M2: [
    'library: complete, completeWithFallback, stream, embed, countTokens, completeSync, quickComplete, health, with exported types',
    'switchyard complete: streamed text, JSON, a chain of its own, exit codes',
  ],
  M3: [
    'same dialect in and out: every byte but the name of the model arrives as sent',
    'across dialects: typed conversion that reports what it cannot carry',
    'across dialects: what changes the meaning and has no counterpart refuses the call, naming the member and both dialects',
    'across dialects: tool calls (parallel, streamed, every digit of their numbers), thinking, images, schema output, stop reasons and usage arrive in the words of the client',
  ],
  M4: [
    'one loop: retry here, next target, stop; Retry-After up to a cap; silence is not retried; refusals are not routed around',
    'breakers with a half-open probe, cooldowns and weights',
  ],
  M5: [
    'hold-back to the first content, a terminal event is required, a later failure is an error in the stream',
    'a caller that opted in gets a broken stream from the next target',
    'client gone: the provider is cancelled within 100 ms',
    'backpressure from the client to the provider',
  ],
  M7: [
    'keys limited to models; budgets of key, user, role, team, model and gateway, all that apply at once',
    'in US dollars, tokens and requests',
    'per UTC minute, hour, day, week, month and in total',
    'reserved before, settled after, in whole micro-dollars; concurrent requests and processes cannot overspend',
    'a crash leaks no reservation beyond its lease and loses nothing that was settled',
  ],
  M10: [
    'requests: data with a form is found wherever the dialect has text, and replaced; every other byte arrives as sent',
    'answers: the same; what the provider echoes is not judged',
    'streams: pieces of any size give what the whole gives; events without a finding keep their bytes; nothing held back is lost',
    'block, for data, topics, injection and size: an error that names the rule and not the text, in a stream that has begun its error event',
    'without a finding, and without rules, every byte passes as it came',
    'patterns of the operator are bounded, or refused with the configuration',
    'escapes, unseen signs and look-alikes hide nothing; no text makes a rule slow; answers token by token are refused',
    'audit, metrics and header tell rule, action, direction and count, never the text; a blocked call is a denied one',
    'a webhook allows, blocks or replaces; its failure refuses the call unless configured otherwise',
    'rules are checked with the configuration; a change is in force at the next call',
  ],
  O1: ['route: model, tier, score, factors, reason, confidence, price; never executes'],
  O2: [
    'words of the task',
    'words of a hard task, 1 each, at most 2',
    'words of a risk, 1 each, at most 2',
    'files',
    'tests required',
    'external interfaces, 0.75 each, at most 1.5',
    'subsystems',
    'the sum, at most 10, two decimals',
    'confidence 0.5 + 0.5 · (factors > 0) / 7',
    'tiers below 3, 5, 8 and above',
    'all of it in the configuration',
  ],
  O3: [
    'execute: the model that was named runs; answer, tokens, latency, cost',
    'an unknown model is isError "Unknown model: X" with the known ones',
    'errors in the envelope; what a chain led to is told',
  ],
  O4: [
    'the schema is checked first and decides without a judge',
    'tests and compile run in a sandbox or not at all; what was not run does not pass',
    'a judge model, sonnet by default, with structured output',
    'at most three issues; escalate where it fails or is unsure',
    'an unusable verdict is fail and escalate',
    'an output that wants to pass does not pass by what it says',
  ],
  O5: [
    'route, execute, validate: each model call a child on the road',
    'escalate to the next tier; each decision told with its reason',
    'within budgets of cost and attempts; an unknown price is not free',
    'failures of a model escalate; refusals and limits are not routed around',
    'sticky per conversation, upward only, bounded, by owner',
    'no other provider inside an open tool or thinking turn',
  ],
  O6: [
    'a journal of real calls: 0600, bounded, no text',
    'runs chosen by chance compare the weakest and the strongest tier',
    'report: savings and quality; unknown and simulated left out and counted',
    'cost at 95 % of strong quality, APGR with intervals, against random, length, always weak, always strong',
    'not enough data is said, with the number needed',
    'calibration from outcomes',
  ],
  T11: ['orchestrator_route, _execute, _validate and _run are tools'],
  M8: [
    'an own registry: exact ids, current models, prices with a source and a date, announced changes of a price',
    'the names of the first designs: five Claude 3, seven GPT, three embeddings; chat or embedding',
    'every retired or deprecated model has a successor',
    "the operator's prices win, exactly",
    'a fallback lookup, marked as estimated',
    'no model is taken for another',
    'what is not known is null, never 0',
    'costs are exact whole micro-USD, long prompts and cached tokens included',
  ],
  M9: [
    'an exact repeat is answered byte for byte without a provider, plain and stream',
    'errors, broken streams and what the provider keeps or runs are never kept',
    'off by default; a request says no-store, no-cache or use',
    'a hit costs nothing and is recorded and counted as one',
    "nobody is given somebody else's answer outside the configured scope",
    'in memory, SQLite or Redis, with the same promises',
    'bounded in time, entries and bytes',
    'semantic on request: only the words of the last question may differ',
    'forged, moved, exchanged and damaged entries are misses',
    'a store that is slow or gone is a miss in bounded time, logged once',
  ],
  M11: ["healthy, degraded or no_providers, with each provider's true answer"],
  M6: ['16 faults × 2 formats × plain and stream end in a whole answer or in an error that says so'],
  ...GATEWAY_CLAUSES,
  ...TRUST_CLAUSES,
  T14: [
    "an author's tool in at most ten lines",
    'the handler gets signal, progress, principal, log and elicit',
    'metadata of R1 is strictly validated at registration',
    'two examples run in CI',
    'at least ten tools ship',
  ],
  U1: [
    'append-only JSONL with a SHA-256 chain over canonical JSON',
    'Ed25519 checkpoints to a second sink',
    'every call writes its outcome before its answer',
    'a call with effects writes its intent before it runs',
    'no sink accepts: the call is refused before it has effects',
    'arguments are stored as HMAC, redacted members not at all',
    'kill −9 in the middle of writing loses nothing acknowledged; verify explains the tail',
  ],
  U2: [
    'audit verify finds every edit, deletion, swap, duplicate and truncation before the last checkpoint',
    'audit tail, query and export',
    'rotation and retention keep the chain',
    'verify takes an external public key and head; a key beside the log is reported as same-trust',
  ],
  C1: [
    'init writes a configuration',
    'doctor',
    'keys create, list, revoke, rotate',
    'tools ls, call and why',
    'config check, schema and diff',
    'completion for the shells',
    'connect and disconnect: seven clients, backup, --print, deep link where one exists',
    '--json everywhere; exit codes documented; colours only on a terminal',
    'import, add, remove and upstreams ls: nothing is written unasked, or that the gateway would not start with',
  ],
  C2: [
    'yaml, json and jsonc, with $schema; the JSON Schema is shipped',
    '${VAR} and ${VAR:-default}; an unset variable names file, line and fix',
    'SWITCHYARD_* overrides any key; .env is read',
    'init --production writes a hardened template',
    "the orchestrator's own configuration keys are accepted",
    'works with no file at all; SWITCHYARD_HOME holds the state',
    'hot reload: validate, diff, swap; a bad file keeps the old one running',
    'each broken file names line, cause and fix',
  ],
  C3: [
    'npm ci && npm start on a fresh machine serves on 127.0.0.1:8000 and prints what to do next',
    'npm test installs or starts what it needs, or reports the skip with its reason',
    'the package installs from its tarball and runs: small, no install script, exact pins, free licences',
    'an old Node is told the fix, or handed over to the one of the checkout',
  ],
  C4: [
    'doctor finds old Node, taken port, missing or refused key, each with a fix',
    'doctor finds clock skew, permissions of state files and mistakes in client configurations',
    'doctor makes one real call through the road for each tool',
    'doctor exits with a code that tells',
  ],
  F1: ['benchmark of the stdio start: CPU over bare Node, RSS'],
  F2: ['benchmark of HTTP calls: CPU over the floor, requests per second over the peers'],
  F3: ['benchmark of serve ready: CPU over bare Node, RSS'],
  F5: ['benchmark of calls to upstreams: added latency over stdio and HTTP, CPU, requests per second over the peers, twenty upstreams'],
  F4: ['benchmark of the model gateway: requests, latency and CPU over the floor, Portkey and LiteLLM'],
};

const letterOf = (index: number): string => String.fromCharCode('a'.charCodeAt(0) + index);

/** All clauses in the order of the specification. */
export const REQUIREMENTS: readonly Requirement[] = Object.entries(CLAUSES).flatMap(([row, clauses]) =>
  clauses.map((clause, index) => {
    const id = `${row}.${letterOf(index)}`;
    const reason = OPEN[id];
    return reason === undefined ? { id, clause, status: 'done' as const } : { id, clause, status: 'open' as const, reason };
  }),
);
