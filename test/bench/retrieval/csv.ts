import { readTable } from '../../../src/documents/formats/csv/table';

/** Rows of a CSV file as RFC 4180 has them, without empty lines. */
export function readCsv(text: string): string[][] {
  return readTable(text.replaceAll('\r\n', '\n'), ',').filter((row) => row.length > 1 || row[0] !== '');
}
