/**
 * Texts as tokens that compare equal when they mean the same value, each with its place in the original text.
 * In the spirit of SQuAD's normalisation (lower case, no articles, no punctuation; Rajpurkar et al. 2016), and beyond
 * it: numbers in words or digits, thousands separators, currencies, times, ranges, and units after a number.
 */
import { readDate } from './dates';
import { readOrdinal, readSpelledNumber, type Token } from './numbers';
import { ATTACHED, unitsAfterNumbers } from './units';

const CURRENCIES: Readonly<Record<string, readonly string[]>> = {
  euro: ['€', 'euros', 'eur'],
  dollar: ['$', 'dollars', 'usd'],
  pound: ['£', 'pounds', 'gbp'],
  yen: ['¥', 'jpy'],
};
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['%', 'percent'],
  ...Object.entries(CURRENCIES).flatMap(([name, others]) => others.map((other) => [other, name] as const)),
]);
const ARTICLES = new Set(['a', 'an', 'the']);

/** Alternatives in order: time, number with thousands separators, other number, code such as H-47, one character of an unspaced script, word, sign. */
const LEXEME = new RegExp(
  [
    String.raw`(?<time>\d{1,2}:\d{2}(?!\d))`,
    String.raw`(?<grouped>\d{1,3}(?:[,\u00a0\u202f\u2009']\d{3})+(?:\.\d+)?(?![\p{L}\d]))`,
    String.raw`(?<number>\d+(?:\.\d+)*(?=(?:${ATTACHED})?(?![\p{L}\d])))`,
    String.raw`(?<code>\p{L}+-\d[\p{L}\d]*|\d[\p{L}\d]*)`,
    String.raw`(?<character>[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}])`,
    String.raw`(?<word>[\p{L}\p{M}][\p{L}\p{M}\d'’]*)`,
    String.raw`(?<sign>[€$£¥%])`,
    String.raw`(?<dash>[-–—])`,
  ].join('|'),
  'gu',
);

interface Lexeme extends Token {
  readonly kind: string;
}

/** `dates`: read dates as one value, day before month before year. Off, their words stay in the text's order. */
export function tokenise(text: string, { dates }: { dates: boolean }): Token[] {
  const lexemes = Array.from(text.matchAll(LEXEME), toLexeme);
  const tokens: Token[] = [];
  for (let i = 0; i < lexemes.length;) {
    const date = dates ? readDate(lexemes, i) : null;
    const spelled = date ? null : readSpelledNumber(lexemes, i);
    if (date) tokens.push(...date.tokens);
    else if (spelled) tokens.push(spelled.token);
    else tokens.push(...single(lexemes, i, text));
    i += date?.length ?? spelled?.length ?? 1;
  }
  return unitsAfterNumbers(amountsBeforeCurrencies(tokens));
}

function toLexeme(match: RegExpExecArray): Lexeme {
  const [raw] = match;
  const groups: Readonly<Record<string, string | undefined>> = match.groups ?? {};
  const kind = Object.entries(groups).find(([, value]) => value !== undefined)?.[0] ?? 'word';
  return {
    kind,
    text: canonical(kind, raw.normalize('NFKC').toLowerCase()),
    start: match.index,
    end: match.index + raw.length,
  };
}

function canonical(kind: string, text: string): string {
  if (kind === 'time') return text.replace(/^0(?=\d:)/, '');
  if (kind === 'grouped') return decimal(text.replace(/[^\d.]/g, ''));
  if (kind === 'number') return decimal(text);
  if (kind === 'code') return text.replaceAll('-', '');
  // Names come with and without the possessive.
  const bare = text.replace(/['’]s$/, '').replace(/['’]/g, '');
  return readOrdinal(bare) ?? SYNONYMS.get(bare) ?? bare;
}

/** `2.50` = `2.5`; a version such as 3.1.0 stays. */
function decimal(text: string): string {
  return /^\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;
}

function single(lexemes: readonly Lexeme[], i: number, text: string): Token[] {
  const lexeme = lexemes[i];
  if (!lexeme || ARTICLES.has(lexeme.text)) return [];
  if (lexeme.kind !== 'dash') return lexeme.text === '' ? [] : [lexeme];
  // Between two values a dash is a range, as in 9:15–16:30; elsewhere it is punctuation.
  const before = lexemes[i - 1];
  const after = lexemes[i + 1];
  const bounds = before && after && isValue(before) && isValue(after);
  const tight = bounds && text.slice(before.end, after.start).trim().length === 1;
  return tight ? [{ text: 'to', start: lexeme.start, end: lexeme.end }] : [];
}

function isValue({ kind }: Lexeme): boolean {
  return kind === 'time' || kind === 'number' || kind === 'grouped';
}

/** `€ 27` and `EUR 27` read as `27 euro`. */
function amountsBeforeCurrencies(tokens: readonly Token[]): Token[] {
  const ordered = [...tokens];
  for (let i = 0; i + 1 < ordered.length; i++) {
    const [currency, amount] = [ordered[i], ordered[i + 1]];
    const isAmountBefore = /^\d/.test(ordered[i - 1]?.text ?? '');
    if (
      !currency ||
      !amount ||
      isAmountBefore ||
      !Object.hasOwn(CURRENCIES, currency.text) ||
      !/^\d[\d.]*$/.test(amount.text)
    )
      continue;
    ordered[i] = amount;
    ordered[i + 1] = currency;
    i++;
  }
  return ordered;
}
