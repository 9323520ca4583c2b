/** What the table of documents notes about one, in short words. */
import type { LibraryState } from '../../lab';
import { pages } from './numbers';

type Source = LibraryState['sources'][number];

export interface Note {
  readonly kind: 'plain' | 'warn';
  readonly words: string;
  /** What follows from it. */
  readonly more?: string;
}

/** `titleOf` gives a source's title by its id. */
export function notesOf(source: Source, copies: LibraryState['copies'], titleOf: (id: string) => string): Note[] {
  const { replacedBy, blankPages, instructions } = source;
  const copied = copies[source.id];
  const notes: Note[] = [];
  if (replacedBy !== null)
    notes.push({
      kind: 'warn',
      words: `Replaced by ${titleOf(replacedBy)}`,
      more: 'It is not searched, and is offered as noise.',
    });
  if (instructions && instructions.count > 0)
    notes.push({
      kind: 'warn',
      words: `Contains instructions, ${linesOf(instructions)}`,
      more: 'It is shown as evidence only.',
    });
  if (blankPages) notes.push({ kind: 'warn', words: `${pages(blankPages)} without text` });
  if (copied) notes.push({ kind: 'plain', words: copiedWords(copied.count, source.chunkCount, titleOf(copied.of)) });
  return notes;
}

function linesOf({ count, lines }: NonNullable<Source['instructions']>): string {
  const [first = 1] = lines;
  const line = `line ${first.toLocaleString('en')}`;
  return count === 1 ? line : `${line} and ${(count - 1).toLocaleString('en')} more`;
}

/** Most of a document, and it is as good as the same. */
const NEARLY = 0.8;

function copiedWords(count: number, of: number, title: string): string {
  if (count >= of) return `The same as ${title}: counted once`;
  const share = `${count.toLocaleString('en')} of ${of.toLocaleString('en')} passages`;
  return count / of >= NEARLY
    ? `Nearly the same as ${title}: ${share} counted once`
    : `${share} are also in ${title}: counted once`;
}
