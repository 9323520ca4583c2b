/** Rows and cells of separated values: RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180), and what programs make of it. */

const SEPARATORS = [',', ';', '\t', '|'] as const;
/** As much as tells how a file is written. */
const LOOKED_AT = 50;

/**
 * `text` has `\n` for line ends. The separator is the one that gives the most rows the same number of cells, or the one
 * that a first line `sep=;` names. A quote that nobody closes is taken as a sign like any other in the whole file.
 */
export function readTable(text: string, separator: string | null): string[][] {
  const named = /^sep=(.)\n/.exec(text);
  if (named?.[1]) return rowsOf(text.slice(named[0].length), named[1]);
  return rowsOf(text, separator ?? likeliest(text));
}

function rowsOf(text: string, separator: string, limit = Infinity): string[][] {
  return parse(text, separator, true, limit) ?? parse(text, separator, false, limit) ?? [];
}

function likeliest(text: string): string {
  let [best, bestScore]: [string, number] = [',', 0];
  for (const separator of SEPARATORS) {
    const counts = rowsOf(text, separator, LOOKED_AT).map((row) => row.length);
    const most = mode(counts);
    const score = most < 2 ? 0 : counts.filter((count) => count === most).length / counts.length + most / 1e6;
    if (score > bestScore) [best, bestScore] = [separator, score];
  }
  return best;
}

function mode(counts: readonly number[]): number {
  const seen = new Map<number, number>();
  for (const count of counts) seen.set(count, (seen.get(count) ?? 0) + 1);
  return [...seen].sort(([a, n], [b, m]) => m - n || b - a)[0]?.[0] ?? 0;
}

/** Null where a quoted cell never ends. */
function parse(text: string, separator: string, quoting: boolean, limit: number): string[][] | null {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length && rows.length < limit) {
    let cell = '';
    if (quoting && text[at] === '"') {
      const end = quotedEnd(text, at);
      if (end === -1) return null;
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    }
    // What follows a closing quote belongs to the cell, as spreadsheets read it.
    const end = cellEnd(text, at, separator);
    cell += text.slice(at, end);
    row.push(cell);
    at = end + 1;
    if (text[end] !== separator) {
      rows.push(row);
      row = [];
    } else if (at === text.length) row.push('');
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

function quotedEnd(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return at;
  return -1;
}

function cellEnd(text: string, from: number, separator: string): number {
  let at = from;
  while (at < text.length && text[at] !== separator && text[at] !== '\n') at++;
  return at;
}
