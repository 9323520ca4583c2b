/** What of a text two neighbouring chunks hold, for marking it. */
interface Range {
  readonly start: number;
  readonly end: number;
}

interface Piece {
  readonly text: string;
  readonly shared: boolean;
}

interface BoundaryPiece extends Piece {
  /** Index of the first chunk that holds it; null between chunks. */
  readonly chunk: number | null;
  /** A chunk begins here. */
  readonly begins: boolean;
}

/** The text of one chunk in pieces; its neighbours are null at the ends of a document. */
export function piecesOf(chunk: Range & { readonly text: string }, before: Range | null, after: Range | null): Piece[] {
  const inside = (at: number) => Math.min(chunk.text.length, Math.max(0, at - chunk.start));
  const head = inside(before?.end ?? 0);
  const tail = inside(after?.start ?? Infinity);
  // Where three share a place, it is shared all the same.
  const cuts = [0, Math.min(head, tail), Math.max(head, tail), chunk.text.length];
  return cuts.slice(1).flatMap((end, i) => {
    const start = cuts[i] ?? 0;
    const shared = i === 0 ? head > 0 : i === 2 ? tail < chunk.text.length : head > tail;
    return start === end ? [] : [{ text: chunk.text.slice(start, end), shared }];
  });
}

/** A stretch of a document that begins at `from`, in pieces at every chunk's start and end. */
export function boundaryPieces(text: string, from: number, chunks: readonly Range[]): BoundaryPiece[] {
  const starts = new Set(chunks.map(({ start }) => start));
  const cuts = [...new Set([from, ...chunks.flatMap(({ start, end }) => [start, end]), from + text.length])]
    .filter((at) => at >= from && at <= from + text.length)
    .sort((a, b) => a - b);
  return cuts.slice(1).map((end, i) => {
    const start = cuts[i] ?? from;
    const holding = chunks.flatMap((chunk, at) => (chunk.start <= start && chunk.end >= end ? [at] : []));
    const begins = starts.has(start);
    // Of those that hold a shared piece, the one that begins with it is the one to name.
    const chunk = (begins ? holding.at(-1) : holding[0]) ?? null;
    return { text: text.slice(start - from, end - from), shared: holding.length > 1, chunk, begins };
  });
}
