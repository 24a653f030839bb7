/** @module upstreams/scan/scan-definition: every text of a definition that may reach a model. */
import type { DefinitionKind, ScanFinding } from '../../contracts/pins.ts';
import type { JsonObject } from '../../core/json.ts';
import { foldConfusables, skeletonOf } from './confusables.ts';
import { strongest, SUSPICIOUS_SCORE, type RuleHit } from './rule.ts';
import { scanText } from './scan-text.ts';
import { excerptOf, revealText } from '../../core/visible-text.ts';

/** What the definition stands beside. */
export interface ScanContext {
  /** Names of the same upstream. */
  readonly own: ReadonlySet<string>;
  /** Names of tools of other upstreams → the upstream. */
  readonly others: ReadonlyMap<string, string>;
  /** Skeleton of those names → the name. */
  readonly skeletons: ReadonlyMap<string, string>;
}

/** The neighbours of one upstream, out of the names of all. */
export function createScanContext(upstream: string, names: ReadonlyMap<string, Iterable<string>>): ScanContext {
  const own = new Set(names.get(upstream));
  const others = new Map<string, string>();
  for (const [other, theirs] of names) if (other !== upstream) for (const name of theirs) others.set(name, other);
  return { own, others, skeletons: new Map([...others.keys()].map((name) => [skeletonOf(name), name])) };
}

/** Texts of one definition that are looked at: schemas of attackers can have many. */
const MAX_TEXTS = 4000;
const MAX_TOTAL = 262_144;
const LONG_DESCRIPTION = 12_000;
const DIRECTIVE = /\b(?:must|always|never|instead|before|after|whenever|redirect|rather than|do not|don't|ignore|replaces?|only|first|should|each time)\b/i;

/**
 * What the scan objects to, the strongest finding of each rule, strongest first. A heuristic: it knows what attacks have
 * looked like, and finds nothing in those that look like honest work.
 */
export function scanDefinition(kind: DefinitionKind, definition: JsonObject, context: ScanContext): readonly ScanFinding[] {
  const { texts, isCut } = textsOf(definition);
  const findings: ScanFinding[] = [];
  for (const { pointer, text, isKey } of texts) {
    const add = (hits: readonly RuleHit[]): void => {
      findings.push(...hits.map((hit) => ({ ...hit, pointer: revealText(pointer).replace(/\s/g, ' ') })));
    };
    add(scanText(isKey || pointer === '/name' ? spelled(text) : text, { isOpaque: pointer.startsWith('/icons') }));
    if (!isKey && pointer !== '/name') add(scanReferences(text, context));
  }
  if (isCut) findings.push({ rule: 'very-long', score: 60, pointer: '', excerpt: `more than ${MAX_TEXTS} texts or ${MAX_TOTAL} characters` });
  const { description } = definition;
  if (typeof description === 'string' && description.length > LONG_DESCRIPTION)
    findings.push({ rule: 'very-long', score: 20, pointer: '/description', excerpt: `${description.length} characters` });
  if (kind === 'tool' && typeof definition['name'] === 'string')
    findings.push(...scanName(definition['name'], context).map((hit) => ({ ...hit, pointer: '/name' })));
  return strongest(findings).hits;
}

/** Whether these findings hold a definition back. */
export function isSuspicious(findings: readonly ScanFinding[]): boolean {
  return findings.reduce((sum, { score }) => sum + score, 0) >= SUSPICIOUS_SCORE;
}

/** `ignore_previousInstructions` as words; a name that is none stays. */
function spelled(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ');
}

/** A name that is taken for another: look-alike letters of other scripts, or of our own. */
function scanName(name: string, { others, own, skeletons }: ScanContext): readonly RuleHit[] {
  const hits: RuleHit[] = [];
  const excerpt = excerptOf(name, 0, name.length);
  const isForeign = /[^\u0020-\u007E]/.test(name);
  if (isForeign && foldConfusables(name) !== name && /^[\u0020-\u007E]*$/.test(foldConfusables(name)))
    hits.push({ rule: 'homoglyph-name', score: 100, excerpt });
  else if (isForeign) hits.push({ rule: 'odd-name', score: 30, excerpt });
  const twin = skeletons.get(skeletonOf(name));
  const isTwin = twin !== undefined && twin !== name && !own.has(twin) && others.has(twin) && plainName(twin) !== plainName(name);
  if (isTwin) hits.push({ rule: 'confusable-name', score: 100, excerpt: `${excerpt} looks like ${twin} of ${others.get(twin) ?? ''}` });
  return hits;
}

/** Servers differ in case and separators without ill intent. */
function plainName(name: string): string {
  return name.replace(/[-_.\s]+/g, '').toLowerCase();
}

/** Texts that speak of other servers' tools: how one server steers another's. */
function scanReferences(text: string, { own, others }: ScanContext): readonly RuleHit[] {
  if (others.size === 0) return [];
  const hits: RuleHit[] = [];
  for (const { 0: word, index } of text.matchAll(/[A-Za-z][\w-]{4,127}/g)) {
    const name = word.slice(word.lastIndexOf('__') === -1 ? 0 : word.lastIndexOf('__') + 2);
    const owner = others.get(word) ?? others.get(name);
    if (owner === undefined || own.has(name) || own.has(word) || !/[_-]|[a-z][A-Z]/.test(word)) continue;
    const isQualified = name !== word;
    const isDirective = DIRECTIVE.test(text.slice(Math.max(0, index - 100), index + word.length + 100));
    hits.push({ rule: 'other-servers-tool', score: (isQualified ? 60 : 30) + (isDirective ? 40 : 0), excerpt: excerptOf(text, index, word.length) });
  }
  return hits;
}

interface Text {
  readonly pointer: string;
  readonly text: string;
  readonly isKey: boolean;
}

/** Every string and every name of a member below the value, breadth first. */
function textsOf(definition: JsonObject): { readonly texts: readonly Text[]; readonly isCut: boolean } {
  const texts: Text[] = [];
  let total = 0;
  const queue: { readonly value: unknown; readonly pointer: string }[] = [{ value: definition, pointer: '' }];
  for (const { value, pointer } of queue) {
    if (texts.length > MAX_TEXTS || total > MAX_TOTAL) return { texts, isCut: true };
    if (typeof value === 'string') texts.push({ pointer, text: value, isKey: false });
    total += typeof value === 'string' ? value.length : 0;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, member] of Object.entries(value)) {
      const own = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (!Array.isArray(value) && (key.length > 16 || /[^\u0020-\u007E]/.test(key))) texts.push({ pointer: own, text: key, isKey: true });
      queue.push({ value: member, pointer: own });
    }
  }
  return { texts, isCut: false };
}
