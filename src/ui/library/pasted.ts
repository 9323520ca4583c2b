import { DOCUMENT_KINDS, type DocumentKindId } from '../../documents/kinds';

/** What can be read from text alone, the likeliest first. */
export const PASTED_KINDS = ['plainText', 'markdown', 'csv', 'json'] as const satisfies DocumentKindId[];

const LONGEST_NAME = 60;

/** A file like any other, named by its title or its first words; signs that part folders or extensions are left out. */
export function fileOfPasted(title: string, text: string, kind: (typeof PASTED_KINDS)[number]): File {
  const [first = ''] = (title.trim() || text.trim()).split('\n');
  const name = first
    .replace(/[\\/.:#*"<>|?]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_NAME)
    .toWellFormed()
    .trim();
  return new File([text], (name || 'Pasted text') + DOCUMENT_KINDS[kind].extensions[0]);
}
