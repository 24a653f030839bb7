/** What can go wrong at a provider, and what the caller has to get. The first sixteen follow Failover Bench, written anew. */
import type { ModelGateway, Verdict } from './model-gateway.ts';
import type { ProviderRequest } from './fault-provider.ts';

/** How an answer is asked for; `held` = a stream with `X-Switchyard-Hold-Back: complete`. */
export type Mode = 'plain' | 'stream' | 'held';

/** One run of a scenario, when it is over. */
export interface Run {
  readonly gateway: ModelGateway;
  readonly correlationId: string;
  /** What each target of the chain saw, in the order of the chain. */
  readonly seen: readonly (readonly ProviderRequest[])[];
  /** The last answer of the gateway, its body read. */
  readonly last: { readonly servedBy: string | null; readonly text: string };
  readonly targets: readonly string[];
}

export interface Scenario {
  readonly name: string;
  /** Faults of the targets in their order; `lost:`, `shut:` and `tls:` = at a provider that cannot be found, does not listen, has no valid certificate. */
  readonly chain: readonly string[];
  readonly plain: Verdict;
  readonly stream: Verdict;
  readonly held: Verdict;
  /** Where a dialect differs in a stream. */
  readonly anthropic?: { readonly stream: Verdict };
  /** Requests that each target must have seen, where it matters. */
  readonly requests?: readonly number[];
  /** Sent so often, so many milliseconds apart. Default: once. */
  readonly times?: number;
  readonly everyMs?: number;
  /** What else must hold; the problems. */
  readonly check?: (run: Run) => readonly string[];
}

const WHOLE = { plain: 'complete', stream: 'complete', held: 'complete' } as const;
const TOLD = { plain: 'error', stream: 'error', held: 'error' } as const;
/** Breaks after content was passed on. */
const LATE = { plain: 'complete', stream: 'error', held: 'complete' } as const;

/** The sixteen. */
export const BENCH_SCENARIOS: readonly Scenario[] = [
  { name: '429 with Retry-After', chain: ['retry-after', 'ok'], ...WHOLE, requests: [2, 0], check: waitsAtLeast(950) },
  { name: '429 that stays', chain: ['busy', 'ok'], ...WHOLE, requests: [3, 1] },
  { name: '500 once', chain: ['fail-once', 'ok'], ...WHOLE, requests: [2, 0] },
  { name: '503 that stays', chain: ['down', 'ok'], ...WHOLE, requests: [3, 1] },
  { name: 'connection reset', chain: ['reset-once', 'ok'], ...WHOLE, requests: [2, 0] },
  { name: 'no response', chain: ['silent', 'ok'], ...WHOLE, requests: [1, 1] },
  { name: 'slow first token', chain: ['slow-first', 'ok'], ...WHOLE, requests: [1, 1] },
  { name: 'cut in the middle', chain: ['cut', 'ok'], ...LATE },
  { name: 'stall in the middle', chain: ['stall', 'ok'], ...LATE },
  { name: 'malformed data', chain: ['malformed', 'ok'], ...LATE },
  { name: 'no last event', chain: ['no-done', 'ok'], ...WHOLE, anthropic: { stream: 'error' } },
  { name: 'context too long', chain: ['context', 'ok'], ...WHOLE, requests: [1, 1] },
  { name: 'content filter', chain: ['filter', 'ok'], ...TOLD, requests: [1, 0] },
  { name: 'fallback rejects prefill', chain: ['cut', 'no-prefill'], ...LATE, check: sendsNoPrefill },
  { name: 'flapping primary', chain: ['outage', 'ok'], ...WHOLE, times: 20, everyMs: 80, check: comesBack },
  { name: 'accounting of attempts', chain: ['down', 'silent', 'named'], ...WHOLE, requests: [3, 1, 1], check: accountsForAttempts },
];

/** Our own. */
export const OWN_SCENARIOS: readonly Scenario[] = [
  { name: 'connection reset that stays', chain: ['reset', 'ok'], ...WHOLE, requests: [3, 1] },
  { name: 'connection that went stale', chain: ['stale', 'ok'], ...WHOLE, times: 3, everyMs: 30, check: asksNoOther },
  { name: 'name that is not found (DNS)', chain: ['lost:ok', 'ok'], ...WHOLE },
  { name: 'nobody listens', chain: ['shut:ok', 'ok'], ...WHOLE },
  { name: 'certificate that nobody trusts (TLS)', chain: ['tls:ok', 'ok'], ...WHOLE, check: sendsNothingInTheClear },
  { name: '529 that stays', chain: ['overloaded', 'ok'], ...WHOLE, requests: [3, 1] },
  { name: 'Retry-After as a date', chain: ['retry-date', 'ok'], ...WHOLE, requests: [2, 0], check: waitsAtLeast(800) },
  { name: 'Retry-After beyond the cap', chain: ['long-wait', 'ok'], ...WHOLE, times: 2, requests: [1, 2] },
  { name: 'error event before content', chain: ['in-band-first', 'ok'], ...WHOLE },
  { name: 'error event in the middle', chain: ['in-band', 'ok'], ...LATE },
  { name: 'end without an end', chain: ['no-end', 'ok'], ...LATE },
  { name: 'events out of order', chain: ['disorder', 'ok'], ...LATE },
  { name: 'single bytes', chain: ['bytewise', 'ok'], ...WHOLE, requests: [1, 0] },
  { name: 'characters split across pieces', chain: ['split-characters', 'ok'], ...WHOLE, requests: [1, 0] },
  { name: 'compressed although asked not to', chain: ['gzip-whole', 'ok'], ...WHOLE },
  { name: 'answer of 100 MB', chain: ['flood-100mb', 'ok'], ...TOLD, requests: [1, 0] },
  { name: 'key refused', chain: ['bad-key', 'ok'], ...TOLD, requests: [1, 0] },
];

/** What the caller should get in the best case: the whole answer, or the refusal that is nobody's to get around. */
export function idealOf({ plain }: Scenario): Verdict {
  return plain;
}

/** What the caller gets. */
export function expectedOf(scenario: Scenario, dialect: 'openai' | 'anthropic', mode: Mode): Verdict {
  return (dialect === 'anthropic' && mode === 'stream' ? scenario.anthropic?.stream : undefined) ?? scenario[mode];
}

function waitsAtLeast(ms: number): NonNullable<Scenario['check']> {
  return ({ seen: [first = []] }) => {
    const gapMs = (first[1]?.cameAt ?? 0) - (first[0]?.cameAt ?? 0);
    return gapMs >= ms ? [] : [`asked again after ${Math.round(gapMs)} ms`];
  };
}

function sendsNoPrefill({ seen }: Run): readonly string[] {
  const bodies = seen.flat().map(({ body }) => JSON.parse(body.toString()) as { messages: { role: string }[] });
  return bodies.some(({ messages }) => messages.at(-1)?.role === 'assistant') ? ['continued with a prefill'] : [];
}

/** The breaker opens while the first is down, and it is asked again afterwards. */
function comesBack({ seen: [first = []], last, targets }: Run): readonly string[] {
  const start = first[0]?.cameAt ?? 0;
  const during = first.filter(({ cameAt }) => cameAt - start < 700).length;
  return [
    ...(during > 12 ? [`the first was asked ${during} times while it was down`] : []),
    ...(last.servedBy === targets[0] ? [] : [`in the end served by ${last.servedBy}`]),
  ];
}

/** Each of the calls is served by the first target, also those whose connection broke. */
function asksNoOther({ seen: [, second = []] }: Run): readonly string[] {
  return second.length === 0 ? [] : [`the second target was asked ${second.length} times`];
}

function sendsNothingInTheClear({ seen: [first = []] }: Run): readonly string[] {
  return first.length === 0 ? [] : ['a request reached a server whose certificate nobody trusts'];
}

/** Every attempt is a child with its outcome; one of them is a success; the answer names and counts who gave it. */
function accountsForAttempts({ gateway, correlationId, last, targets }: Run): readonly string[] {
  const mine = gateway.records().filter((record) => record['correlationId'] === correlationId && record['phase'] === 'outcome');
  const parent = mine.find(({ parentId }) => parentId === undefined);
  const children = mine.filter(({ parentId }) => parentId !== undefined && parentId === parent?.['callId']);
  const outcomes = children.map(({ outcome }) => String(outcome)).join(' ');
  const booked = children.filter(({ detail }) => detail !== undefined && JSON.stringify(detail).includes('"outputTokens":11'));
  return [
    ...(outcomes === 'PROVIDER_BUSY PROVIDER_BUSY PROVIDER_BUSY PROVIDER_SILENT ok' ? [] : [`children ended with ${outcomes}`]),
    ...(parent?.['outcome'] === 'ok' ? [] : ['the call itself did not end well']),
    ...(booked.length === 1 ? [] : [`${booked.length} attempts booked the tokens of the answer`]),
    ...(last.servedBy === targets[2] && last.text.includes('"model":"named@') ? [] : ['the answer does not name who gave it']),
    ...(/"(?:completion|output)_tokens":11/.test(last.text) ? [] : ['the answer does not tell its usage']),
  ];
}
