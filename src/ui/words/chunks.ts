/** How documents are cut, in words for people. */
import type { ChunkSettings, ChunkStrategyId } from '../../documents/chunking';
import type { HeaderKind } from '../../documents/header';
import type { ChunkingCost } from '../../lab';
import { sentence } from './numbers';

export const STRATEGY_WORDS: Readonly<Record<ChunkStrategyId, { readonly name: string; readonly does: string }>> = {
  structure: {
    name: 'Structure',
    does: 'A section stays whole where it fits, up to two thirds over the size. A longer one is cut between paragraphs, list items and table rows, then between sentences.',
  },
  paragraphs: {
    name: 'Paragraphs',
    does: 'As many whole paragraphs of a section as fit. A longer one is cut between its sentences.',
  },
  sentences: {
    name: 'Sentences',
    does: 'As many whole sentences of a section as fit, over the borders of paragraphs. List items and table rows stay whole.',
  },
  recursive: {
    name: 'Recursive',
    does: 'As LangChain’s RecursiveCharacterTextSplitter: at empty lines, then at line ends, full stops and spaces.',
  },
  fixed: { name: 'Fixed windows', does: 'Windows of this size, wherever sentences end. Words stay whole.' },
};

export const HEADER_WORDS: Readonly<Record<HeaderKind, string>> = {
  title: 'Title and last heading',
  path: 'Title and all headings',
  summary: 'Title, all headings and a sentence on the document',
  none: 'Nothing',
};

/** The words of the button that opens the settings. */
export function chunkSettingsWords({ size, unit, overlap }: ChunkSettings): string {
  return `Chunk settings: ${String(size)} ${unit}, overlap ${String(overlap)}`;
}

/** `1,204 chunks`. */
export function chunksWords(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'chunk' : 'chunks'}`;
}

export function costWords({ before, after, fresh }: ChunkingCost): string {
  const instead = before === after ? '' : ` instead of ${before.toLocaleString('en')}`;
  const anew =
    fresh === 0
      ? 'none of them is embedded anew'
      : `${fresh.toLocaleString('en')} of them ${fresh === 1 ? 'is' : 'are'} embedded anew`;
  return sentence(`${chunksWords(after)}${instead}; ${anew}.`);
}

export function dueWords(due: number): string {
  return due === 1
    ? '1 document is still cut by earlier settings, and found as it is.'
    : `${String(due)} documents are still cut by earlier settings, and found as they are.`;
}
