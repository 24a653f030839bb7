/** @module upstreams/scan/rule: what a rule is, and what it says. */

/** A rule that objects to a text. */
export interface RuleHit {
  readonly rule: string;
  /** 100 and more, alone or in sum, is suspicious. */
  readonly score: number;
  /** At most 160 characters, in one line, nothing invisible. */
  readonly excerpt: string;
}

/** A pattern over plain text: look-alikes folded, lower case, white space collapsed. Gaps are bounded: the texts are those of others. */
export interface TextRule {
  readonly rule: string;
  readonly score: number;
  readonly pattern: RegExp;
}

/** From this sum on a definition is held back. */
export const SUSPICIOUS_SCORE = 100;

/** The strongest hit of each rule, and their sum: a rule that is broken ten times is not ten reasons. */
export function strongest<Hit extends RuleHit>(hits: readonly Hit[]): { readonly hits: readonly Hit[]; readonly score: number } {
  const best = new Map<string, Hit>();
  for (const hit of hits) if (hit.score > (best.get(hit.rule)?.score ?? -1)) best.set(hit.rule, hit);
  const kept = [...best.values()].sort((left, right) => right.score - left.score);
  return { hits: kept, score: kept.reduce((sum, { score }) => sum + score, 0) };
}
