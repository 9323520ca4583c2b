/** Values in a text: where the right one stands, and others of its type to put in its place. English. */
import { findAnswer } from '../../questions/matching';
import { TENS, UNITS, ordinal, readSpelledNumber } from '../../questions/numbers';
import { tokenise } from '../../questions/tokens';
import { seededRandom } from '../../random';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');
const MONTH = new RegExp(`\\b(?:${MONTHS.join('|')}|${MONTHS.map((name) => name.slice(0, 3)).join('|')})\\b`, 'g');
const WEEKDAY = new RegExp(`\\b(?:${WEEKDAYS.join('|')})\\b`, 'g');
/** All that may stand in a date besides the names of months and weekdays. */
const DATE_REST = /^(?:\d+(?:st|nd|rd|th)?|of|the|[\s,.-])*$/;
const ISO_DATE = /\b(\d{4})-(\d{2})-(\d{2})\b/g;
const TIME = /\b(\d{1,2}):(\d{2})\b/g;
const NUMBER = /\d+(?:[,\u00a0\u202f’']\d{3})*(?:\.\d+)?/g;
const ORDINALS = 'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'.split(' ');

const SCALES = new Set(['hundred', 'thousand', 'million', 'billion']);

export type ValueType = 'date' | 'time' | 'amount' | 'share' | 'number' | 'name' | 'other';

/** By the first rule that fits: nothing but months, weekdays and their numbers is a date; a currency makes an amount; a capital a name. */
export function typeOf(value: string): ValueType {
  const rest = value.replace(MONTH, '').replace(WEEKDAY, '').replace(ISO_DATE, '');
  if (rest !== value && DATE_REST.test(rest)) return 'date';
  if (value.match(TIME)) return 'time';
  if (/[€$£¥]|\b(?:euros?|dollars?|pounds?|yen|EUR|USD|GBP|JPY)\b/.test(value)) return 'amount';
  if (/%|\bper ?cent\b/.test(value)) return 'share';
  if (/\d/.test(value) || spelledIn(value).length > 0) return 'number';
  return /^\p{Lu}/u.test(value) ? 'name' : 'other';
}

/**
 * The text with every place changed that holds one of `accepted`, and every other place with a number of theirs: 27 too
 * where 27 days is right. Null where there is none, or one that `change` has nothing for.
 */
export function withoutValue(
  text: string,
  accepted: readonly string[],
  change: (value: string) => string | null,
): string | null {
  const first = replaced(text, accepted, change);
  if (first === null || first === text) return null;
  const numbers = accepted.filter((one) => typeOf(one) !== 'date').flatMap((one) => numbersIn(one));
  return numbers.length > 0 ? replaced(first, numbers, change) : first;
}

function replaced(text: string, wanted: readonly string[], change: (value: string) => string | null): string | null {
  let done = '';
  let rest = text;
  for (let at = findAnswer(rest, wanted); at; at = findAnswer(rest, wanted)) {
    const changed = change(rest.slice(at.start, at.end));
    if (changed === null) return null;
    const before = done + rest.slice(0, at.start);
    const begins = /(?:^|[.!?\n])\s*$/.test(before);
    done = before + (begins ? changed.charAt(0).toUpperCase() + changed.slice(1) : changed);
    rest = rest.slice(at.end);
  }
  return done + rest;
}

/** Numbers in the form that `findAnswer` compares. */
function numbersIn(value: string): string[] {
  return tokenise(value, { dates: false }).flatMap(({ text }) => (/^\d/.test(text) ? [text] : []));
}

/**
 * Another value of the same type and form; the same seed gives equal values equal ones, also where one is written in words.
 * `names` are others of the library. Null for what is neither date, time, number nor name.
 */
export function otherValue(value: string, seed: number, names: readonly string[]): string | null {
  const type = typeOf(value);
  if (type === 'other') return null;
  if (type === 'name') return otherName(value, names, seededRandom(seed));
  if (type === 'date') return otherDate(value, seed);
  if (type === 'time') {
    const random = seededRandom(seed);
    const hours = 1 + Math.floor(random() * 5);
    const minutes = pick(['00', '15', '30', '45'], random) ?? '00';
    return value.replace(TIME, (_, hour: string) => `${String((Number(hour) + hours) % 24)}:${minutes}`);
  }
  return otherNumbers(value, seed);
}

/** Every number of a text, in digits or in words. */
function otherNumbers(value: string, seed: number): string {
  // Each number begins with the seed anew, so that 27 and twenty-seven come to the same.
  const inDigits = Array.from(value.matchAll(NUMBER), ({ 0: written, index }) => {
    return { start: index, end: index + written.length, other: digitsLike(written, seededRandom(seed)) };
  });
  const inWords = spelledIn(value).map(({ start, end, number }) => {
    return { start, end, other: wordsLike(value.slice(start, end), number, seededRandom(seed)) };
  });
  return [...inDigits, ...inWords]
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, other }) => text.slice(0, start) + other + text.slice(end), value);
}

/** With the separators and decimals that were there. */
function digitsLike(written: string, random: () => number): string {
  const [whole = '', fraction] = written.replace(/[^\d.]/g, '').split('.');
  // A code or a telephone number keeps its length and what zeros it begins with.
  if (/^0\d/.test(whole) || (whole.length > 4 && whole === written))
    return whole.replace(/(?<!^0*)\d|[1-9]/g, (digit, at: number) => otherDigit(Number(digit), at === 0, random));
  const other = String(otherInteger(Number(whole), random));
  const separator = /[^\d.]/.exec(written)?.[0];
  const shown = separator === undefined ? other : other.replace(/\B(?=(?:\d{3})+$)/g, separator);
  return fraction === undefined ? shown : `${shown}.${fraction}`;
}

/** Another positive number of about the same size, never 1: what is counted mostly stands in the plural. */
function otherInteger(value: number, random: () => number): number {
  // Years and round numbers stay what they are.
  const year = value >= 1900 && value <= 2100;
  const round = [1000, 100, 10].find((one) => value >= 2 * one && value % one === 0);
  const step = year ? 1 : (round ?? 1);
  const reach = year ? 8 : Math.max(3, Math.floor(value / step / 2));
  const steps = 1 + Math.floor(random() * reach);
  const less = value - steps * step;
  return random() < 0.5 && less > 1 ? less : Math.max(2, value + steps * step);
}

function otherDate(value: string, seed: number): string {
  const random = seededRandom(seed);
  const months = 1 + Math.floor(random() * 11);
  const days = 1 + Math.floor(random() * 20);
  const years = 1 + Math.floor(random() * 5);
  const weekdays = 1 + Math.floor(random() * 6);
  const day = (written: string): number => ((Number(written) - 1 + days) % 28) + 1;
  const iso = (_: string, year: string, month: string, date: string): string =>
    [
      String(Number(year) - years),
      String(((Number(month) - 1 + months) % 12) + 1).padStart(2, '0'),
      String(day(date)).padStart(2, '0'),
    ].join('-');
  if (value.match(ISO_DATE)) return value.replace(ISO_DATE, iso);
  return value
    .replace(WEEKDAY, (name) => turned(WEEKDAYS, name, weekdays))
    .replace(MONTH, (name) => {
      const other = turned(MONTHS, name, months);
      return MONTHS.includes(name) ? other : other.slice(0, name.length);
    })
    .replace(/\b\d{4}\b/g, (year) => String(Number(year) - years))
    .replace(/\b(\d{1,2})(st|nd|rd|th)?\b/g, (_, date: string, suffix?: string) =>
      suffix ? ordinal(day(date)) : String(day(date)),
    );
}

function turned(names: readonly string[], name: string, steps: number): string {
  const at = names.findIndex((one) => one.startsWith(name));
  return names[(at + steps) % names.length] ?? name;
}

/** Preferably one of as many words. */
function otherName(value: string, names: readonly string[], random: () => number): string | null {
  const mine = new Set(value.toLowerCase().split(/\s+/));
  const others = names.filter(
    (name) =>
      !name
        .toLowerCase()
        .split(/\s+/)
        .some((word) => mine.has(word)),
  );
  const length = value.split(/\s+/).length;
  const alike = others.filter((name) => name.split(/\s+/).length === length);
  return pick(alike.length > 0 ? alike : others, random);
}

interface Spelled {
  readonly start: number;
  readonly end: number;
  readonly number: number;
}

function spelledIn(value: string): Spelled[] {
  const words = Array.from(value.matchAll(/[\p{L}]+|-/gu), ({ 0: word, index }) => {
    return { text: word.toLowerCase(), start: index, end: index + word.length };
  });
  const found: Spelled[] = [];
  for (let i = 0; i < words.length;) {
    const word = words[i];
    const read = readSpelledNumber(words, i);
    const rank = ORDINALS.indexOf(word?.text ?? '');
    // After digits, as in 1.5 million, a scale is no number of its own.
    const scale = SCALES.has(word?.text ?? '');
    if (read && !scale && /^\d+$/.test(read.token.text)) {
      const { start, end, text } = read.token;
      found.push({ start, end, number: Number(text) });
    } else if (word && rank >= 0) found.push({ start: word.start, end: word.end, number: rank + 1 });
    i += read?.length ?? 1;
  }
  return found;
}

/** In words as far as ninety-nine, with a capital where it had one. */
function wordsLike(written: string, number: number, random: () => number): string {
  const rank = ORDINALS.indexOf(written.toLowerCase());
  const other = otherInteger(number, random);
  const words = rank >= 0 ? (ORDINALS[other - 1] ?? ordinal(other)) : (spell(other) ?? other.toLocaleString('en'));
  return /^\p{Lu}/u.test(written) ? words.charAt(0).toUpperCase() + words.slice(1) : words;
}

function spell(number: number): string | null {
  if (number < 20) return UNITS[number] ?? null;
  const tens = TENS[Math.floor(number / 10) - 2];
  if (number > 99 || tens === undefined) return null;
  return number % 10 === 0 ? tens : `${tens}-${UNITS[number % 10] ?? ''}`;
}

/** Never the same; the first of a number is no zero. */
function otherDigit(digit: number, first: boolean, random: () => number): string {
  return String(first ? (digit % 9) + 1 : (digit + 1 + Math.floor(random() * 9)) % 10);
}

function pick<T>(from: readonly T[], random: () => number): T | null {
  return from[Math.floor(random() * from.length)] ?? null;
}
