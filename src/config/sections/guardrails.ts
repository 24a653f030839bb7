/** @module config/sections/guardrails: rules about the text of model calls. */
import * as v from 'valibot';
import type { DataKind, GuardrailAction, GuardrailKind } from '../../contracts/guardrails-config.ts';
import { DEFAULT_CONFIG } from '../defaults.ts';
import { choice, integer, key, list, orNull, pattern, section, table, text } from '../fields.ts';

const { markers } = DEFAULT_CONFIG.models.guardrails;
const KINDS = ['data', 'pattern', 'topics', 'injection', 'size', 'webhook'] as const satisfies readonly GuardrailKind[];
const ACTIONS = ['block', 'redact', 'tag'] as const satisfies readonly GuardrailAction[];
const DATA = ['email', 'phone', 'card', 'iban', 'api-key', 'jwt', 'private-key'] as const satisfies readonly DataKind[];
const ruleName = pattern(/^[a-z][a-z0-9-]{0,31}$/, 'a name (lower-case letters, digits, -)');
const webUrl = v.pipe(v.string('a URL'), v.check(isWebUrl, 'a URL such as https://guard.example.org/check (http or https, no user)'));

const rule = section(
  {
    kind: v.pipe(choice(KINDS), v.description('What it looks at. The keys below belong to the kinds that docs/guardrails.md names; others are refused.')),
    direction: key(choice(['in', 'out', 'both'] as const), 'both', 'in = requests, out = answers.'),
    action: key(choice(ACTIONS), 'block', 'block ends the call, redact replaces what was found, tag tells it. A webhook answers it itself.'),
    detect: key(orNull(list(choice(DATA))), null, 'data: what is looked for; null = all of it.'),
    pattern: key(orNull(text('a regular expression')), null, 'pattern: a regular expression in which every repetition is bounded.'),
    phrases: key(orNull(list(text('a word or phrase', 200), 10_000)), null, 'topics: words and phrases; case, accents and look-alikes do not matter.'),
    threshold: key(orNull(integer(1, 100)), null, 'injection: score from which a text counts as an attempt; null = 5.'),
    maxCharacters: key(orNull(integer(1)), null, 'size: characters of all texts.'),
    maxTokens: key(orNull(integer(1)), null, 'size: tokens of all texts, as the gateway estimates them.'),
    url: key(orNull(webUrl), null, 'webhook: who is asked.'),
    apiKey: key(orNull(pattern(/^[\x21-\x7e]{1,4096}$/, 'a key (one word, no spaces)')), null, 'webhook: sent as bearer. Write ${NAME}.'),
    timeoutMs: key(orNull(integer(1, 60_000)), null, 'webhook: milliseconds until it must have answered; null = 2000.'),
    onFailure: key(orNull(choice(['block', 'allow'] as const)), null, 'webhook: what its silence or failure means; null = block.'),
  },
  'One rule.',
);

/** Keys of `models.guardrails`. */
export const guardrailsSection = section(
  {
    rules: key(table(ruleName, rule), {}, 'Rules by a name of your choice. Where two replace the same text, the first wins.'),
    markers: key(
      choice(['plain', 'numbered'] as const),
      markers,
      'What redact leaves: plain = [EMAIL]; numbered = [EMAIL_1], the same value with the same number within one call.',
    ),
  },
  'What is done about the text of model calls; nothing by default.',
);

function isWebUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}
