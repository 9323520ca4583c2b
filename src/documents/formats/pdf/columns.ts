/** The order in which the lines of a page are read: columns one after the other, tables row by row. */
import type { Line, Segment } from './page';
import { baselines } from './segments';

/** Columns of running text, unlike those of a table, have lines of some length, mostly full ones; the longer column has `MANY`. */
const MANY = 4;
const FEWEST = 2;
const USUAL_LENGTH = 15;
const USUAL_FILL = 0.75;
/** More than three columns are found as columns within columns. */
const DEEPEST = 3;

export function readingOrder(segments: readonly Segment[]): Line[] {
  const lines: Line[] = [];
  let column = 0;
  for (const part of split(segments, DEEPEST)) {
    column++;
    for (const row of baselines(part)) {
      // A soft hyphen means something at the end of a line alone.
      const text = row
        .map((segment) => segment.text.trim())
        .join(' ')
        .replace(/\u00ad(?=.)/g, '');
      const first = row[0];
      if (!first) continue;
      const longest = row.reduce((a, b) => (b.text.length > a.text.length ? b : a));
      lines.push({
        text,
        left: first.left,
        right: bounds(row).right,
        y: longest.y,
        size: longest.size,
        column,
        row: row.length > 1,
      });
    }
  }
  return lines;
}

/**
 * Looks for a place where many segments begin and which few cross. What crosses it (a title, a wide figure's legend)
 * ends the columns above it and begins new ones below.
 */
function split(segments: readonly Segment[], deepest: number): Segment[][] {
  if (segments.length === 0) return [];
  const gutter = deepest > 0 ? findGutter(segments) : null;
  if (gutter === null) return [[...segments]];
  const parts: Segment[][] = [];
  let whole: Segment[] = [];
  for (const band of bands(segments, gutter)) {
    if (!isColumns(band)) {
      whole.push(...band.all);
      continue;
    }
    if (whole.length > 0) parts.push(whole);
    whole = [];
    parts.push(...split(band.left, deepest - 1), ...split(band.right, deepest - 1));
  }
  if (whole.length > 0) parts.push(whole);
  return parts;
}

interface Band {
  readonly all: Segment[];
  readonly left: Segment[];
  readonly right: Segment[];
}

/** Where the right column begins; the gutter that parts the most lines. */
function findGutter(segments: readonly Segment[]): number | null {
  const begins = new Map<number, number>();
  for (const { left } of segments) begins.set(Math.round(left / 2), (begins.get(Math.round(left / 2)) ?? 0) + 1);
  let best: { at: number; parted: number } | null = null;
  const candidates = [...begins].filter(([, count]) => count >= FEWEST).sort((a, b) => b[1] - a[1]);
  for (const [begin] of candidates.slice(0, 12)) {
    const at = 2 * begin - 2;
    let parted = 0;
    for (const band of bands(segments, at))
      if (isColumns(band)) parted += Math.min(band.left.length, band.right.length);
    if (parted > (best?.parted ?? 0)) best = { at, parted };
  }
  return best?.at ?? null;
}

function bands(segments: readonly Segment[], gutter: number): Band[] {
  const all: Band[] = [];
  let crossed = true;
  for (const segment of [...segments].sort((a, b) => a.y - b.y)) {
    const crosses = segment.left < gutter && segment.right > gutter - segment.size / 3;
    let band = all.at(-1);
    if (!band || crosses !== crossed) {
      band = { all: [], left: [], right: [] };
      all.push(band);
    }
    crossed = crosses;
    band.all.push(segment);
    if (!crosses) (segment.left < gutter ? band.left : band.right).push(segment);
  }
  return all;
}

function isColumns({ left, right }: Band): boolean {
  return Math.max(left.length, right.length) >= MANY && isProse(left) && isProse(right) && overlap(left, right);
}

function isProse(column: readonly Segment[]): boolean {
  if (column.length < FEWEST) return false;
  const sides = bounds(column);
  const width = sides.right - sides.left;
  return (
    median(column.map(({ text }) => text.length)) >= USUAL_LENGTH &&
    median(column.map(({ left, right }) => (right - left) / width)) >= USUAL_FILL
  );
}

function overlap(a: readonly Segment[], b: readonly Segment[]): boolean {
  const top = Math.max(a[0]?.y ?? 0, b[0]?.y ?? 0);
  const bottom = Math.min(a.at(-1)?.y ?? 0, b.at(-1)?.y ?? 0);
  return bottom > top;
}

function bounds(segments: readonly Segment[]): { left: number; right: number } {
  let [left, right] = [Infinity, -Infinity];
  for (const segment of segments) {
    left = Math.min(left, segment.left);
    right = Math.max(right, segment.right);
  }
  return { left, right };
}

/** The upper one of the two in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
