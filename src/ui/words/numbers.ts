/** Numbers as people read them here: three significant figures, units spelled. */
import type { Progress } from '../../job';

const SMALL = ['no', 'one', 'two', 'three', 'four', 'five', 'six'];
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];

export function count(n: number): string {
  return SMALL[n] ?? n.toLocaleString('en');
}

export function ordinal(index: number): string {
  return ORDINALS[index] ?? `number ${String(index + 1)}`;
}

function significant(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(3)).toString();
}

/** `bytes` in the largest unit that gives at least 1: `1.50 KB` is written `1.5 KB`. */
export function bytes(value: number): string {
  if (value >= 999_500_000) return `${significant(value / 1_000_000_000)} GB`;
  const megabytes = value / 1_000_000;
  if (megabytes >= 1) return `${significant(megabytes)} MB`;
  return value >= 1000 ? `${significant(value / 1000)} KB` : `${String(value)} ${value === 1 ? 'byte' : 'bytes'}`;
}

/** Both ends of a download in one unit: `2.6 of 4.1 MB`, `271 of 423 MB`, `0.62 of 1.90 GB`. */
export function bytesOf(done: number, total: number | null): string {
  const larger = Math.max(done, total ?? 0);
  const [unit, size, digits] =
    larger >= 999_500_000 ? (['GB', 1e9, 2] as const) : (['MB', 1e6, larger >= 100_000_000 ? 0 : 1] as const);
  // What is done keeps its digits, so that it does not jump; the total has no empty ones.
  const written = (value: number) => (value / size).toFixed(digits);
  const whole = (value: number) => (unit === 'GB' ? String(Number(written(value))) : written(value));
  return total === null ? `${written(done)} ${unit}` : `${written(done)} of ${whole(total)} ${unit}`;
}

/** `about 40 s`, `about 12 min`, `about 3 h`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `about ${String(Math.max(1, Math.round(seconds)))} s`;
  return seconds < 5400
    ? `about ${String(Math.round(seconds / 60))} min`
    : `about ${String(Math.round(seconds / 3600))} h`;
}

export function percent(done: number, total: number): number {
  return total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 0;
}

export function milliseconds(value: number): { value: string; unit: string } {
  return value < 10_000 ? { value: significant(value), unit: 'ms' } : { value: significant(value / 1000), unit: 's' };
}

export function perSecond(tokens: number, ms: number): string | null {
  return tokens > 0 && ms > 0 ? significant((tokens * 1000) / ms) : null;
}

/** `lanes 2 and 3`, `lane 1`. */
export function laneList(numbers: readonly number[]): string {
  return `${numbers.length === 1 ? 'lane' : 'lanes'} ${joined(numbers.map(String))}`;
}

export function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** `Reading a.pdf, page 3 of 120`; `Reading a.md, 1 of 2 files`. */
export function progress({ step, done, total, unit }: Progress): string {
  const of = total === null ? '' : ` of ${total.toLocaleString('en')}`;
  const at = `${done.toLocaleString('en')}${of}`;
  return unit === 'pages' ? `${step}, page ${at}` : `${step}, ${at} ${unit}`;
}

/** `1 page`, `12 pages`. */
export function pages(n: number): string {
  return `${n.toLocaleString('en')} ${n === 1 ? 'page' : 'pages'}`;
}

/** The sentence as the rest of another one. */
export function clause(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

export function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How strongly an adapter is worn: `1.0`, `0.85`. */
export function strength(value: number): string {
  return value.toFixed(2).replace(/0$/, '');
}

/** A share in whole percent: `78%`; `unknown` of nothing. */
export function share(part: number, whole: number): string {
  return whole > 0 ? `${String(Math.round((part / whole) * 100))}%` : 'unknown';
}
