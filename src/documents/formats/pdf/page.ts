/** What the steps from places on paper to running text hand to each other. Lengths are in points, y grows downwards. */

/** Text on one baseline without a wide gap. `y` is the baseline. */
export interface Segment {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly y: number;
  readonly size: number;
}

/** Segments of one baseline within one column, joined. */
export interface Line extends Segment {
  /** Of the same column, so that a gap above a line means something. */
  readonly column: number;
  /** It has wide gaps inside, as rows of a table have. */
  readonly row: boolean;
}

export interface Page {
  /** In reading order. */
  readonly lines: readonly Line[];
  readonly height: number;
}

/** The size in which most of the text is set. */
export function bodySize(pages: readonly Page[]): number {
  const characters = new Map<number, number>();
  for (const { lines } of pages)
    for (const { size, text } of lines) {
      const rounded = roundSize(size);
      characters.set(rounded, (characters.get(rounded) ?? 0) + text.length);
    }
  return [...characters].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0])[0];
}

/** To half a point, so that what looks the same is the same. */
export function roundSize(size: number): number {
  return Math.round(2 * size) / 2;
}
