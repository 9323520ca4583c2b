/** From the pieces that pdf.js reports, a run of glyphs each, to segments of lines. */
import type { Segment } from './page';

/** The part of pdf.js's TextItem that is read here; `transform` is its matrix [a b c d e f]. */
export interface TextPiece {
  readonly str: string;
  readonly dir: string;
  readonly width: number;
  readonly transform: readonly number[];
}

interface Placed extends Segment {
  readonly rightToLeft: boolean;
}

/** In ems: a wider gap has a space, and one wider still ends the segment. */
const SPACE = 0.18;
const WIDE = 1.1;
/** A drop of less than this is a raised or lowered figure, not another line. */
const RAISED = 0.5;

/**
 * `viewport` turns the page's own coordinates into upright ones. Text is read in the direction most of the page has;
 * what stands across it (a stamp along the margin) comes last.
 */
export function toSegments(
  pieces: readonly TextPiece[],
  viewport: readonly number[],
  page: { readonly width: number; readonly height: number },
): Segment[] {
  const byTurn = new Map<number, Placed[]>();
  const weight = new Map<number, number>();
  for (const piece of pieces) {
    const placed = place(piece, viewport, page);
    if (!placed) continue;
    const same = byTurn.get(placed.turn);
    if (same) same.push(placed.segment);
    else byTurn.set(placed.turn, [placed.segment]);
  }
  for (const [turn, placed] of byTurn)
    weight.set(
      turn,
      placed.reduce((sum, { text }) => sum + text.length, 0),
    );
  const turns = [...byTurn.keys()].sort((a, b) => (weight.get(b) ?? 0) - (weight.get(a) ?? 0));
  let below = 0;
  return turns.flatMap((turn) => {
    const joined = joinNeighbours(joinRuns(byTurn.get(turn) ?? []));
    const shifted = joined.map((segment) => ({ ...segment, y: segment.y + below }));
    below += 2 * Math.max(page.width, page.height);
    return shifted;
  });
}

/** Null for what cannot be read: invisible in size, or off all scales. */
function place(
  { str, dir, width, transform }: TextPiece,
  [va = 1, vb = 0, vc = 0, vd = -1, ve = 0, vf = 0]: readonly number[],
  page: { readonly width: number; readonly height: number },
): { turn: number; segment: Placed } | null {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = transform;
  const along = [a * va + b * vc, a * vb + b * vd] as const;
  const size = Math.hypot(c * va + d * vc, c * vb + d * vd);
  const x = e * va + f * vc + ve;
  const y = e * vb + f * vd + vf;
  const numbers = [size, x, y, width, along[0], along[1]];
  if (!numbers.every((value) => Number.isFinite(value) && Math.abs(value) < 1e6) || size === 0 || str === '')
    return null;
  // eslint-disable-next-line no-control-regex -- fonts with a wrong table give such
  const text = str.replace(/[\u0000-\u001f\u007f]/g, ' ').toWellFormed();
  const turn = (Math.round(Math.atan2(along[1], along[0]) / (Math.PI / 2)) + 4) % 4;
  const upright: readonly (readonly [number, number])[] = [
    [x, y],
    [y, page.width - x],
    [page.width - x, page.height - y],
    [page.height - y, x],
  ];
  const [left, base] = upright[turn] ?? [x, y];
  const segment = { text, left, right: left + Math.abs(width), y: base, size, rightToLeft: dir === 'rtl' };
  return { turn, segment };
}

/** In the order they were drawn: a word's parts, and figures raised above their line, follow each other. */
function joinRuns(pieces: readonly Placed[]): Placed[] {
  const runs: Placed[] = [];
  let spaced = false;
  for (const piece of pieces) {
    if (piece.text.trim() === '') {
      spaced = true;
      continue;
    }
    const last = runs.at(-1);
    const em = Math.max(last?.size ?? 0, piece.size);
    // Bold is now and then made by drawing the same words twice.
    const again =
      last?.text.endsWith(piece.text) && near(last.y, piece.y, em / 4) && near(last.right, piece.right, em / 4);
    if (last && again && !near(last.right, piece.left, em / 4)) continue;
    const gap = piece.left - (last?.right ?? 0);
    const follows = near(last?.y ?? NaN, piece.y, RAISED * em) && gap > -em / 2 && gap < WIDE * em;
    if (last && follows && !piece.rightToLeft) runs[runs.length - 1] = join(last, piece, spaced);
    else runs.push(piece);
    spaced = false;
  }
  return runs;
}

/** On the same baseline, in whatever order they were drawn. */
function joinNeighbours(runs: readonly Placed[]): Placed[] {
  const joined: Placed[] = [];
  for (const row of baselines(runs)) {
    const rightToLeft = row.filter((run) => run.rightToLeft).length > row.length / 2;
    row.sort((a, b) => a.left - b.left);
    const segments: Placed[] = [];
    for (const run of row) {
      const last = segments.at(-1);
      const em = Math.max(last?.size ?? 0, run.size);
      const close = last && run.left - last.right < WIDE * em;
      if (close) segments[segments.length - 1] = rightToLeft ? join(run, last, false) : join(last, run, false);
      else segments.push(run);
    }
    joined.push(...segments);
  }
  return joined;
}

/** Top to bottom, each from left to right. */
export function baselines<S extends Segment>(segments: readonly S[]): S[][] {
  const rows: S[][] = [];
  for (const segment of [...segments].sort((a, b) => a.y - b.y)) {
    const row = rows.at(-1);
    const first = row?.[0];
    if (row && first && near(first.y, segment.y, Math.min(first.size, segment.size) / 4)) row.push(segment);
    else rows.push([segment]);
  }
  for (const row of rows) row.sort((a, b) => a.left - b.left);
  return rows;
}

/** `spaced`: white space was drawn between them. */
function join(a: Placed, b: Placed, spaced: boolean): Placed {
  const main = a.text.length >= b.text.length ? a : b;
  const apart = Math.max(b.left - a.right, a.left - b.right) > SPACE * main.size;
  const space = (spaced || apart) && !/\s$/.test(a.text) && !/^\s/.test(b.text) ? ' ' : '';
  return {
    text: a.text + space + b.text,
    left: Math.min(a.left, b.left),
    right: Math.max(a.right, b.right),
    y: main.y,
    size: main.size,
    rightToLeft: main.rightToLeft,
  };
}

function near(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance;
}
