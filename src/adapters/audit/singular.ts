/* eslint-disable @typescript-eslint/no-non-null-assertion -- typed arrays, read within their bounds */
/**
 * Singular vectors, only those that are asked for. After the bidiagonal form (`bidiagonal.ts`), which costs
 * 4 m n^2 - 4/3 n^3 operations, m >= n, turning k vectors along with the QR steps costs about 9 k n^2 more:
 * all of a matrix's left vectors need never be written down to know what a vector has in common with each of them.
 * Nothing is left out or approximated. A 2048 x 2048 matrix takes 2.3e10 operations; the full decomposition,
 * vectors and all, would take about four times as many.
 */
import { type Bidiagonal, type Matrix, bidiagonalise, intoLeft, intoRight, outOfLeft, outOfRight } from './bidiagonal';
import { type Rotation, diagonalise } from './diagonal';

const ignore = () => undefined;

/** The first k values, largest first, with their left vectors. */
export interface Strongest {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
}

/** `matrix` is not changed. k of min(rows, columns) at most. */
export function* strongest(matrix: Matrix, k: number): Generator<void, Strongest> {
  const [form, side] = yield* formOf(matrix);
  const turns = new Recording();
  const d = form.diagonal.slice();
  diagonalise(d, form.above.slice(), { left: ignore, right: ignore, flip: ignore, [side]: turns.note });
  const order = descending(d).slice(0, k);
  const vectors = order.map((j) => {
    const x = new Float64Array(matrix.rows);
    x[j] = 1;
    turns.undo(x);
    if (side === 'left') outOfLeft(form, x);
    else outOfRight(form, x);
    return x;
  });
  return { values: order.map((j) => d[j]!), vectors };
}

/**
 * The inner products of vectors of length `rows` with the min(rows, columns) left singular vectors, those with the
 * largest values first: one array for each vector. `matrix` is not changed.
 */
export function* coordinates(matrix: Matrix, vectors: readonly Float64Array[]): Generator<void, Float64Array[]> {
  const [form, side] = yield* formOf(matrix);
  const turned = vectors.map((vector) => {
    const x = vector.slice();
    if (side === 'left') intoLeft(form, x);
    else intoRight(form, x);
    return x;
  });
  const turn: Rotation = (i, j, c, s) => {
    for (const x of turned) {
      const t = c * x[i]! + s * x[j]!;
      x[j] = c * x[j]! - s * x[i]!;
      x[i] = t;
    }
  };
  const d = form.diagonal.slice();
  diagonalise(d, form.above.slice(), { left: ignore, right: ignore, flip: ignore, [side]: turn });
  const order = descending(d);
  return turned.map((x) => Float64Array.from(order, (j) => x[j]!));
}

/** A wide matrix is taken as its transpose, whose right vectors are its left ones. */
function* formOf(matrix: Matrix): Generator<void, [Bidiagonal, 'left' | 'right']> {
  if (matrix.rows >= matrix.columns) return [yield* bidiagonalise({ ...matrix, data: matrix.data.slice() }), 'left'];
  return [yield* bidiagonalise(transposed(matrix)), 'right'];
}

export function transposed({ rows, columns, data }: Matrix): Matrix {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return { rows: columns, columns: rows, data: out };
}

export function descending(values: Float64Array): number[] {
  return [...values.keys()].sort((a, b) => values[b]! - values[a]!);
}

const PIECE = 1 << 16;

/** Rotations to be undone later: 20 bytes each, about n^2 of them. */
class Recording {
  readonly #pieces: { readonly places: Uint32Array; readonly angles: Float64Array }[] = [];
  #used = PIECE;

  readonly note: Rotation = (i, j, c, s) => {
    if (this.#used === PIECE) {
      this.#pieces.push({ places: new Uint32Array(2 * PIECE), angles: new Float64Array(2 * PIECE) });
      this.#used = 0;
    }
    const { places, angles } = this.#pieces.at(-1)!;
    const at = 2 * this.#used++;
    places[at] = i;
    places[at + 1] = j;
    angles[at] = c;
    angles[at + 1] = s;
  };

  /** x = R1 R2 ... Rn x. */
  undo(x: Float64Array): void {
    for (let piece = this.#pieces.length - 1; piece >= 0; piece--) {
      const { places, angles } = this.#pieces[piece]!;
      const used = piece === this.#pieces.length - 1 ? this.#used : PIECE;
      for (let at = 2 * (used - 1); at >= 0; at -= 2) {
        const [i, j] = [places[at]!, places[at + 1]!];
        const [c, s] = [angles[at]!, angles[at + 1]!];
        const t = c * x[i]! - s * x[j]!;
        x[j] = s * x[i]! + c * x[j]!;
        x[i] = t;
      }
    }
  }
}
