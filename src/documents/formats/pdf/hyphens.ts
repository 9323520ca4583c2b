/**
 * Words broken at the end of a line.
 *
 * The rule: a soft hyphen always goes. A hyphen stays where the rest begins with a capital or a digit, where the part
 * before it has a hyphen, a digit or two capitals itself, or is a number in words or a prefix that is mostly written
 * with one ("two-hop", "self-test"). Else the document decides: the form it has elsewhere, within a line. Else it goes,
 * since most words broken are words.
 */
const KEEPS = new Set(
  (
    'all cross ex half high ill long low multi non off on open out quasi self semi short single so state well ' +
    'one two three four five six seven eight nine ten twenty thirty forty fifty sixty seventy eighty ninety ' +
    'first second third double triple full part real left right top down up'
  ).split(' '),
);
const END = /([\p{L}\p{N}][\p{L}\p{N}'’\u2010-]*)[-\u2010]$/u;
const BEGIN = /^[\p{L}\p{N}][\p{L}\p{N}'’]*/u;
const SOFT = '\u00ad';

/** Words with and without hyphens as they stand within lines, lower case. */
export class Vocabulary {
  readonly #words = new Set<string>();

  add(line: string): void {
    for (const [word] of line.toLowerCase().matchAll(/[\p{L}\p{N}][\p{L}\p{N}'’\u2010-]*/gu))
      if (!/[-\u2010]$/.test(word)) this.#words.add(word.replaceAll('\u2010', '-'));
  }

  has(word: string): boolean {
    return this.#words.has(word.toLowerCase());
  }
}

/** How many characters at the end of `line` go when `next` follows it at once; null where a space belongs between them. */
export function hyphenBefore(line: string, next: string, words: Vocabulary): 0 | 1 | null {
  if (line.endsWith(SOFT)) return 1;
  const before = END.exec(line)?.[1];
  const after = BEGIN.exec(next)?.[0];
  if (before === undefined || after === undefined) return null;
  if (/^[\p{Lu}\p{N}]/u.test(after) || /[\d\u2010-]|\p{Lu}\p{Lu}/u.test(before)) return 0;
  const whole = before + after;
  if (words.has(whole)) return 1;
  if (words.has(`${before}-${after}`) || KEEPS.has(before.toLowerCase())) return 0;
  return 1;
}
