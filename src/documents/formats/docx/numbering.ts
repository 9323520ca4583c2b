/** The labels of list items and numbered headings, counted as Word counts them. Format: ECMA-376, part 1, 17.9. */
import { attribute, child, children, type Node } from '../tree';
import { type ListPlace, valueOf } from './styles';

interface Level {
  readonly start: number;
  readonly format: string;
  /** `%1.%2` stands for the counters of the first two levels. */
  readonly text: string;
  readonly style: string | undefined;
}

interface List {
  /** Lists of one abstract definition go on counting where another of them stopped. */
  readonly abstractId: string;
  readonly starts: ReadonlyMap<number, number>;
}

/** Counts an item and gives its label: `4.2`, `b)`, `-`; empty where it has none. */
export type Labels = (place: ListPlace, styleId: string | undefined) => string;

export function readNumbering(part: Node | null): Labels {
  const root = child(part, 'numbering');
  const levels = new Map<string, Map<number, Level>>();
  for (const list of children(root, 'abstractNum')) levels.set(attribute(list, 'abstractNumId') ?? '', levelsOf(list));
  const lists = new Map(children(root, 'num').map((list) => [attribute(list, 'numId') ?? '', listOf(list)]));
  const counters = new Map<string, (number | undefined)[]>();
  const begun = new Set<string>();

  return (place, styleId) => {
    const list = lists.get(place.numberId);
    const definition = levels.get(list?.abstractId ?? '');
    if (!list || !definition) return place.numberId === '0' ? '' : '-';
    const byStyle = [...definition].find(([, { style }]) => style !== undefined && style === styleId)?.[0];
    const at = place.level ?? byStyle ?? 0;
    const counts = counters.get(list.abstractId) ?? [];
    counters.set(list.abstractId, counts);
    if (!begun.has(place.numberId)) for (const [level, start] of list.starts) counts[level] = start - 1;
    begun.add(place.numberId);
    counts[at] = (counts[at] ?? startOf(definition, at) - 1) + 1;
    counts.length = at + 1;
    return label(definition, at, counts);
  };
}

function levelsOf(list: Node): Map<number, Level> {
  return new Map(
    children(list, 'lvl').map((level) => [
      Number(attribute(level, 'ilvl') ?? 0),
      {
        start: numberIn(level, 'start') ?? 1,
        format: valueOf(level, 'numFmt') ?? 'decimal',
        text: valueOf(level, 'lvlText') ?? '',
        style: valueOf(level, 'pStyle'),
      },
    ]),
  );
}

function listOf(list: Node): List {
  const starts = children(list, 'lvlOverride').flatMap((level): [number, number][] => {
    const start = numberIn(level, 'startOverride');
    return start === null ? [] : [[Number(attribute(level, 'ilvl') ?? 0), start]];
  });
  return { abstractId: valueOf(list, 'abstractNumId') ?? '', starts: new Map(starts) };
}

function label(levels: ReadonlyMap<number, Level>, at: number, counts: readonly (number | undefined)[]): string {
  const { format, text } = levels.get(at) ?? { format: 'decimal', text: '' };
  if (format === 'bullet') return '-';
  if (format === 'none') return '';
  return text
    .replace(/%([1-9])/g, (_, digit: string) => {
      const level = Number(digit) - 1;
      return written(counts[level] ?? startOf(levels, level), levels.get(level)?.format ?? 'decimal');
    })
    .trim();
}

function startOf(levels: ReadonlyMap<number, Level>, at: number): number {
  return levels.get(at)?.start ?? 1;
}

function written(count: number, format: string): string {
  const n = Math.max(0, count);
  switch (format) {
    case 'lowerLetter':
      return letters(n);
    case 'upperLetter':
      return letters(n).toUpperCase();
    case 'lowerRoman':
      return roman(n).toLowerCase();
    case 'upperRoman':
      return roman(n);
    case 'decimalZero':
      return String(n).padStart(2, '0');
    default:
      return String(n);
  }
}

/** a to z, then aa, bb: the letter repeated. */
function letters(n: number): string {
  return n === 0 ? '' : String.fromCharCode(97 + ((n - 1) % 26)).repeat(Math.min(10, Math.ceil(n / 26)));
}

const ROMAN = Object.entries({ M: 1000, CM: 900, D: 500, CD: 400, C: 100, XC: 90, L: 50, XL: 40, X: 10, IX: 9 }).concat(
  Object.entries({ V: 5, IV: 4, I: 1 }),
);

function roman(n: number): string {
  let [rest, text] = [Math.min(n, 3999), ''];
  for (const [sign, value] of ROMAN) for (; rest >= value; rest -= value) text += sign;
  return text;
}

function numberIn(node: Node, name: string): number | null {
  const value = valueOf(node, name) ?? '';
  return /^\d{1,6}$/.test(value) ? Number(value) : null;
}
