/**
 * Records, one section each: rows of a table, entries of a JSON file. What is written is what offsets count in, so a
 * passage carries the names of its values.
 */
import { LabError } from '../../errors';
import type { ReadText, Section } from '../document';

const MAX_RECORDS = 100_000;
const BETWEEN = '\n\n';

export class Records {
  readonly #parts: string[] = [];
  readonly #sections: Section[] = [];
  #length = 0;

  constructor(private readonly name: string) {}

  /** Headings begin at the second level, below the document's title. Without lines it is a heading for what follows. */
  add(level: number, heading: string, lines: readonly string[]): void {
    const text = lines.join('\n');
    if (text === '' && heading === '') return;
    if (this.#sections.length >= MAX_RECORDS) {
      const most = MAX_RECORDS.toLocaleString('en');
      throw new LabError('document-too-large', `“${this.name}” has more than ${most} records.`);
    }
    let start = this.#length;
    if (text !== '') {
      if (start > 0) start += BETWEEN.length;
      this.#parts.push(text);
      this.#length = start + text.length;
    }
    this.#sections.push({ level, heading, start, end: this.#length });
  }

  read(title: string | null): ReadText {
    return { title, text: this.#parts.join(BETWEEN), sections: this.#sections };
  }
}

/** One value as it stands in a line: without blank lines, which would part a record. */
export function valueText(value: string): string {
  return value.trim().replace(/\n\s*\n/g, '\n');
}
