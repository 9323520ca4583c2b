/** CSV and TSV: each row a record that names its columns. */
import { LabError } from '../../errors';
import { decodeText } from '../decoding';
import type { DocumentReader } from '../document';
import { shortHeading } from '../sections';
import { readTable } from './csv/table';
import { Records, valueText } from './records';

const MAX_COLUMNS = 1_000;

// eslint-disable-next-line require-yield -- read in one step
export const readCsv: DocumentReader = async function* ({ name, bytes }) {
  const rows = readTable(decodeText(name, bytes), /\.(?:tsv|tab)$/i.test(name) ? '\t' : null);
  if (rows.some((row) => row.length > MAX_COLUMNS))
    throw new LabError('document-too-large', `“${name}” has more than ${MAX_COLUMNS.toLocaleString('en')} columns.`);
  const records = new Records(name);
  const names = isHeader(rows) ? (rows[0] ?? []).map((cell) => shortHeading(cell)) : null;
  for (const [i, row] of rows.entries()) {
    if (names && i === 0) continue;
    const lines = row.flatMap((cell, column) => {
      const value = valueText(cell);
      return value === '' ? [] : [`${names?.[column] || `Column ${String(column + 1)}`}: ${value}`];
    });
    // Counted as a spreadsheet does, the header being row 1.
    if (lines.length > 0) records.add(2, `Row ${String(i + 1)}`, lines);
  }
  return records.read(null);
};

const NUMBER = /^[-+(]?[\p{Sc}]?\s?\d[\d.,:/ %-]*[\p{Sc})]?$/u;
const YEAR = /^(?:19|20)\d\d$/;

/**
 * A first row of names, more than half of them not empty and more than half different. A number is none, except a year over a column of other things;
 * a name that stands there twice is one only where no row repeats it as a value.
 */
function isHeader([first = [], ...rest]: readonly (readonly string[])[]): boolean {
  const cells = first.map((cell) => cell.trim());
  const names = cells.filter((cell) => cell !== '');
  const twice = new Set(names.filter((name, i) => names.indexOf(name) !== i));
  return (
    rest.some((row) => row.some((cell) => cell.trim() !== '')) &&
    names.length * 2 > first.length &&
    new Set(names).size * 2 > names.length &&
    names.some((name) => !NUMBER.test(name)) &&
    cells.every((cell, column) => !NUMBER.test(cell) || isYearOver(cell, column, rest)) &&
    (twice.size === 0 || !rest.some((row) => row.some((cell) => twice.has(cell.trim()))))
  );
}

function isYearOver(cell: string, column: number, rows: readonly (readonly string[])[]): boolean {
  if (!YEAR.test(cell)) return false;
  const below = rows.map((row) => row[column]?.trim() ?? '').filter((value) => value !== '');
  return below.length > 0 && !below.some((value) => YEAR.test(value));
}
