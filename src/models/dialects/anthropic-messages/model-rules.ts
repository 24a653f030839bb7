/**
 * @module models/dialects/anthropic-messages/model-rules: what the vendor's models take, by version. Names
 * that are not the vendor's are of servers that speak its dialect as it was when they learnt it.
 *
 * @see https://platform.claude.com/docs/en/about-claude/models/migration-guide
 */

/** What a model takes of what another dialect may ask for. */
export interface ModelRules {
  /** Refused from version 4.7 on. */
  readonly takesSampling: boolean;
  /** Models from 4.1 on refuse temperature and top_p together. */
  readonly takesBothSamplings: boolean;
  /** `adaptive` with an effort, from 4.6 on; before it, a budget of tokens. */
  readonly thinksAdaptively: boolean;
  /** Instructions in the middle of a conversation, from 4.8 on. */
  readonly takesSystemTurns: boolean;
}

const VERSION = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/i;

/** A name of the vendor without a version is taken for the newest. */
export function rulesOf(model: string): ModelRules {
  if (!/claude-/i.test(model)) return { takesSampling: true, takesBothSamplings: true, thinksAdaptively: false, takesSystemTurns: true };
  const [, major, minor = '0'] = VERSION.exec(model) ?? [];
  const version = major === undefined ? Infinity : Number(major) * 100 + Number(minor);
  return { takesSampling: version < 407, takesBothSamplings: version < 401, thinksAdaptively: version >= 406, takesSystemTurns: version >= 408 };
}
