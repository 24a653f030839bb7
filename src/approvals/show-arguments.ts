/** @module approvals/show-arguments: arguments of a call as a person sees them. */
import { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import { hideSecrets, isSecretName, REDACTED } from '../core/secret-text.ts';
import { revealText } from '../core/visible-text.ts';

/** Characters that a person can be expected to judge. */
const MAX_SHOWN = 32_768;
const MAX_LINE = 500;

/**
 * The JSON text of the arguments. Members that the target marks as secret, members with telling names and what looks like
 * a key are `[redacted]`; every other character can be seen, and none of them is obeyed by a terminal.
 *
 * @param redact JSON Pointers of the target
 * @throws AppError APPROVAL_REFUSED for more than a person could look through: what is not shown would be approved unseen
 */
export function showArguments(input: unknown, redact: readonly string[] = []): string {
  const text = revealText(JSON.stringify(withoutSecrets(input ?? null, '', new Set(redact)), null, 2));
  if (text.length <= MAX_SHOWN) return text;
  throw new AppError('APPROVAL_REFUSED', {
    message: `The arguments have more than ${MAX_SHOWN} characters: nobody could look through them, so nobody can approve them.`,
    fix: 'Ask for less in one call.',
  });
}

/** A name in one line, every character visible. */
export function showLine(text: string): string {
  const shown = revealText(text).replace(/\s/g, ' ');
  return shown.length > MAX_LINE ? `${shown.slice(0, MAX_LINE - 1)}…` : shown;
}

function withoutSecrets(value: unknown, pointer: string, redact: ReadonlySet<string>): unknown {
  if (redact.has(pointer) && pointer !== '') return REDACTED;
  if (typeof value === 'string') return hideSecrets(value);
  if (Array.isArray(value)) return value.map((item, index) => withoutSecrets(item, `${pointer}/${index}`, redact));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const own = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return [name, isSecretName(name) ? REDACTED : withoutSecrets(member, own, redact)];
    }),
  );
}
