/** The stages of a search as people read them. */
import type { Chunk } from '../../documents/document';
import type { Explained, ExplainedPassage, Stage } from '../../retrieval/explain';
import { chunksWords } from './chunks';
import { count, ordinal } from './numbers';

/** As they are drawn, from the left. */
export const STAGES = ['dense', 'words', 'fused', 'reranked', 'diverse'] as const satisfies readonly Stage[];

export const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  dense: 'Meaning',
  words: 'Words',
  fused: 'Fused',
  reranked: 'Reranked',
  diverse: 'Varied',
};

const SCORES: Readonly<Record<Stage, string>> = {
  dense: 'cosine',
  words: 'BM25',
  fused: 'score',
  reranked: 'probability',
  diverse: 'marginal relevance',
};

/** `0.71`, `7.9`: as many digits as tell two neighbours apart. */
export function score(stage: Stage, value: number): string {
  return value.toFixed({ dense: 2, words: 1, fused: 2, reranked: 2, diverse: 2 }[stage]);
}

export function scored(stage: Stage, value: number): string {
  return `${SCORES[stage]} ${score(stage, value)}`;
}

/** The heading a passage stands under, or its document. */
export function passageTitle({ headings, documentTitle }: Chunk): string {
  return headings.at(-1) ?? documentTitle;
}

/** `first`, `fourth`, `number 9`. */
function place(rank: number): string {
  return ordinal(rank - 1);
}

/** `Why “Annual leave” is first`. */
export function whyTitle({ chunk, rank }: ExplainedPassage): string {
  return `Why “${passageTitle(chunk)}” is ${rank === null ? 'not shown' : place(rank)}`;
}

/** `Ranks of six chunks in four stages`. */
export function chartName(chunks: number, stages: number): string {
  return `Ranks of ${count(chunks)} ${chunks === 1 ? 'chunk' : 'chunks'} in ${count(stages)} stages`;
}

/** `Annual leave: third by meaning, first by words, first fused`. */
export function placesOf({ chunk, at }: ExplainedPassage, stages: readonly Stage[]): string {
  const places = stages.map((stage) => {
    const rank = at[stage]?.rank;
    const by =
      stage === 'dense' || stage === 'words'
        ? `by ${STAGE_NAMES[stage].toLowerCase()}`
        : STAGE_NAMES[stage].toLowerCase();
    return rank === undefined ? `not ${by}` : `${place(rank)} ${by}`;
  });
  return `${passageTitle(chunk)}: ${places.join(', ')}`;
}

/** What was searched, and how; the index leaves no better passage out. */
export function searchedWords({ searched, stages }: Explained): string {
  return `over ${chunksWords(searched)}, ${stages.includes('dense') ? 'exact' : 'by words alone'}`;
}
