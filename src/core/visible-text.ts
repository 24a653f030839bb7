/** @module core/visible-text: texts of others, made safe to look at. */

/** Control, format, private, unassigned and blank characters, and all that Unicode lets a renderer ignore. Tab and line feed stay. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000\u2800]/gu;

/**
 * The text with every character that cannot be seen as `⟨U+200B⟩`. The result holds no escape sequence that a terminal
 * would obey; line feeds and tabs stay.
 */
export function revealText(text: string): string {
  return text.replace(UNSEEN, (character) => (character === '\n' || character === '\t' ? character : `⟨U+${codeOf(character)}⟩`));
}

/** `revealText` in one line of at most so many characters, around a place. */
export function excerptOf(text: string, offset: number, length: number, maxCharacters = 160): string {
  const room = Math.max(0, Math.floor((maxCharacters - Math.min(length, maxCharacters)) / 2));
  const start = Math.max(0, offset - room);
  const shown = revealText(text.slice(start, offset + Math.min(length, maxCharacters) + room))
    .replace(/\s+/g, ' ')
    .trim();
  return shown.length > maxCharacters ? `${shown.slice(0, maxCharacters - 1)}…` : shown;
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
