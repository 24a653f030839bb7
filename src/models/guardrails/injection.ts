/**
 * @module models/guardrails/injection: how much a text looks like an attempt to give a model other
 * orders. A heuristic: it knows phrases and hiding places, not meaning. Whoever knows it gets past it.
 */
import { fold, foldCase } from './fold.ts';

/** One sign of an attempt; it counts once for a text. */
interface Signal {
  readonly name: string;
  readonly weight: number;
  readonly pattern: RegExp;
}

const OLD = '(?:(?:all|any|the|your|my|of|these|those|every|previous|prior|earlier|preceding|above|former|initial|original|system|safety|given) ){1,5}';
const ORDERS = '(?:instructions?|prompts?|rules|directions|guidelines|orders|commands|constraints|restrictions|messages?|context|training)';

/** On folded text in lower case with single spaces. Every repetition is bounded. */
const PHRASES: readonly Signal[] = [
  { name: 'ignore', weight: 5, pattern: new RegExp(`\\b(?:ignore|disregard|forget|override|bypass|do not follow|stop following|neglect) ${OLD}${ORDERS}`) },
  {
    name: 'ignore-everything',
    weight: 5,
    pattern: /\b(?:ignore|disregard|forget) (?:everything|all) (?:above|before|prior|previously|you (?:were|have been) told|that came before)/,
  },
  { name: 'new-orders', weight: 3, pattern: /\b(?:your )?(?:new|real|actual|updated) (?:instructions?|orders|task|objective|system prompt)(?: is| are)?:/ },
  {
    name: 'reveal',
    weight: 5,
    pattern:
      /\b(?:reveal|print|show|repeat|output|leak|tell me|display|dump) (?:me )?(?:your|the) (?:(?:hidden|full|secret|initial|original|entire|exact) ){0,2}(?:system prompt|system message|instructions|initial prompt)/,
  },
  { name: 'role', weight: 3, pattern: /\byou are (?:now|no longer) (?:a |an |in |the |bound |dan\b|chatgpt|claude|gemini|free|evil|unrestricted|developer)/ },
  {
    name: 'jailbreak',
    weight: 5,
    pattern:
      /\b(?:do anything now|dan mode|developer mode (?:enabled|on|activated)|jailbreak mode|god mode enabled|without any (?:restrictions|filters|safety))/,
  },
  {
    name: 'pretend',
    weight: 2,
    pattern: /\b(?:pretend|act as if|imagine) (?:that )?(?:you (?:have|had) no|there are no) (?:rules|restrictions|limits|guidelines|filters)/,
  },
  {
    name: 'secrecy',
    weight: 4,
    pattern:
      /\b(?:do not|don't|never|without) (?:tell|telling|inform|informing|mention|mentioning|alert|alerting|reveal|notify|notifying)(?: this| it| anything)?(?: to)? (?:the )?user/,
  },
  { name: 'important', weight: 2, pattern: /<(?:important|system|instructions?|admin|override)>/ },
  { name: 'template', weight: 5, pattern: /<\|(?:im start|im end|system|endoftext|start header id|eot id)\|>|\[\/?inst\]|<<\/?sys>>|<start of turn>/ },
  {
    name: 'exfiltrate',
    weight: 4,
    pattern:
      /\b(?:send|post|upload|forward|exfiltrate|transmit) (?:(?:all|the|your|my|any|this|every) ){0,3}(?:api keys?|passwords?|credentials|secrets|environment variables|conversation|chat history|private keys?) (?:to|via|at)\b/,
  },
  { name: 'before-tool', weight: 3, pattern: /\bbefore (?:using|calling|invoking|running) (?:this|any|the) tool,? (?:you must|always|first|read|send)/ },
];

const MAX_ENCODED = 32;
const ENCODED = /(?<![\w+/=-])[A-Za-z0-9+/_-]{24,4096}={0,2}(?![\w+/=-])/g;
/** The flags of England, Scotland and Wales are written with tags. */
const FLAG = /\u{1f3f4}[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]{1,8}\u{e007f}/gu;

/** Names of the signals a text shows, with their weights. */
export function injectionSignals(raw: string): ReadonlyMap<string, number> {
  const signals = new Map<string, number>();
  addPhrases(raw, signals, '');
  addHidden(raw, signals);
  addEncoded(raw, signals);
  return signals;
}

/** The sum that is compared with the threshold of a rule. */
export function scoreOf(signals: ReadonlyMap<string, number>): number {
  return [...signals.values()].reduce((sum, weight) => sum + weight, 0);
}

function addPhrases(raw: string, signals: Map<string, number>, prefix: string): void {
  const text = foldCase(fold(raw).text).replace(/[\s_*"'`]+/g, ' ');
  for (const { name, weight, pattern } of PHRASES) if (pattern.test(text)) signals.set(`${prefix}${name}`, weight);
}

/** Signs that a person does not see and a model reads. */
function addHidden(raw: string, signals: Map<string, number>): void {
  if (!/[^\u0000-\u007f]/.test(raw)) return;
  const text = raw.replace(FLAG, '');
  if (/[\u{e0020}-\u{e007f}]/u.test(text)) signals.set('tags', 8);
  if (/[\u202d\u202e]/.test(text)) signals.set('bidi-override', 4);
  if ((text.match(/[A-Za-z][\u200b-\u200d\u2060\ufeff\u00ad]+(?=[A-Za-z])/g)?.length ?? 0) >= 3) signals.set('zero-width', 4);
  // Bits written as rows of two unseen signs.
  if (/[\u200b-\u200d\u2060-\u2064\ufeff]{8}/.test(text)) signals.set('zero-width-row', 5);
}

/** Orders in base64: the text is decoded and read once, not again. */
function addEncoded(raw: string, signals: Map<string, number>): void {
  let count = 0;
  for (const [encoded] of raw.matchAll(ENCODED)) {
    count += 1;
    if (count > MAX_ENCODED) return;
    const text = Buffer.from(encoded.slice(0, 4096), 'base64').toString('utf8');
    if (text.includes('\ufffd')) continue;
    const before = signals.size;
    addPhrases(text, signals, 'encoded-');
    if (signals.size > before) signals.set('encoded', 2);
  }
}
