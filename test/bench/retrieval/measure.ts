/** Asks a corpus's questions of one way of cutting and searching, and scores what comes back. */
import { readScanKernel } from '../../../src/cli/scanKernel';
import type { Chunk } from '../../../src/documents/document';
import { ndcgAt, recallAt, reciprocalRank } from '../../../src/evaluation/ranking';
import { spanScores } from '../../../src/evaluation/spans';
import type { Embedder } from '../../../src/retrieval/embedder';
import { holdsAnyEvidence } from '../../../src/retrieval/evidence';
import { HybridRetriever } from '../../../src/retrieval/hybrid';
import { embeddedText } from '../../../src/retrieval/passageText';
import { QuantisedIndex } from '../../../src/retrieval/vectorIndex/quantised';
import type { Chunking } from './chunkings';
import type { Corpus } from './corpora';
import { KnownQuestions, embedded } from './embeddings';

/** Hits asked for; MRR is 0 beyond. */
const DEPTH = 50;
/** Of those, as many as the page shows a reader: what token ranges are measured on. */
const SHOWN = 5;

const METRICS = ['recall@1', 'recall@5', 'recall@10', 'nDCG@10', 'MRR', 'precision', 'recall', 'IoU'] as const;
export type Metric = (typeof METRICS)[number];
export type Scores = Readonly<Record<Metric, number | null>>;

export interface Method {
  readonly name: string;
  readonly weights: { readonly words: number; readonly dense: number };
}

/** Each retriever alone, and both: with the finder's own weight, or with these. */
export function methodsOf({ fusionWeight }: Embedder, weights: readonly number[]): Method[] {
  const fused =
    weights.length === 0
      ? [{ name: 'fused', weights: { words: 1, dense: fusionWeight } }]
      : weights.map((dense) => ({ name: `fused, meaning ${String(dense)}`, weights: { words: 1, dense } }));
  return [
    { name: 'BM25', weights: { words: 1, dense: 0 } },
    { name: 'dense', weights: { words: 0, dense: 1 } },
    ...fused,
  ];
}

/** Sums over the questions of one group; token ranges are null where the evidence is a short answer. */
export interface Measured {
  readonly set: string;
  readonly corpus: string;
  readonly group: string;
  readonly chunking: string;
  readonly method: string;
  readonly chunks: number;
  readonly questions: number;
  readonly scores: Scores;
}

/** The first of the ways of cutting is the page's own. */
export async function measureCorpus(
  corpus: Corpus,
  chunkings: readonly Chunking[],
  methods: readonly Method[],
  embedder: Embedder,
  signal: AbortSignal,
): Promise<Measured[]> {
  const texts = new Map(corpus.documents.map(({ id, text }) => [id, text]));
  const textOf = (id: string) => texts.get(id) ?? '';
  const asked = corpus.questions.map(({ text }) => text);
  const known = new KnownQuestions(embedder, asked, await embedded(embedder, asked, 'query', signal));
  const kernel = await readScanKernel();
  const measured: Measured[] = [];
  // Passages as short as the reading set's are left whole by every chunking.
  for (const { name: chunking, cut } of corpus.whole ? chunkings : chunkings.slice(0, 1)) {
    const chunks = corpus.documents.flatMap(cut);
    const vectors = await embedded(embedder, chunks.map(embeddedText), 'passage', signal);
    const retriever = new HybridRetriever((width) => new QuantisedIndex(width, kernel));
    retriever.setChunks({ current: chunks, stale: [] });
    retriever.setEmbedder(known);
    const { dimensions } = embedder;
    const rows = chunks.map(({ id }, i) => [id, vectors.subarray(i * dimensions, (i + 1) * dimensions)] as const);
    retriever.addVectors(new Map(rows));
    for (const { name: method, weights } of methods) {
      const groups = new Map<string, Scores[]>();
      for (const { text, group, evidence } of corpus.questions) {
        const hits = await retriever.search(text, DEPTH, 'current', signal, { weights });
        const holds = (chunk: Chunk) => holdsAnyEvidence(chunk, evidence);
        const relevant = hits.map(({ chunk }) => holds(chunk));
        const total = chunks.filter(holds).length;
        if (total === 0) throw new Error(`No chunk of ${corpus.name} holds the answer to “${text}”.`);
        const shown = hits.slice(0, SHOWN).map(({ chunk }) => chunk);
        const spans = corpus.whole ? spanScores(shown, evidence, textOf) : null;
        const scores: Scores = {
          'recall@1': recallAt(relevant, total, 1),
          'recall@5': recallAt(relevant, total, 5),
          'recall@10': recallAt(relevant, total, 10),
          'nDCG@10': ndcgAt(relevant, total, 10),
          MRR: reciprocalRank(relevant),
          precision: spans?.precision ?? null,
          recall: spans?.recall ?? null,
          IoU: spans?.iou ?? null,
        };
        groups.set(group, [...(groups.get(group) ?? []), scores]);
      }
      for (const [group, all] of groups)
        measured.push({
          set: corpus.set,
          corpus: corpus.name,
          group,
          chunking,
          method,
          chunks: chunks.length,
          questions: all.length,
          scores: meanOf(all.map((scores) => ({ scores, questions: 1 }))),
        });
    }
  }
  return measured;
}

/** Every question counts the same, whatever corpus it is of. */
export function meanOf(all: readonly Pick<Measured, 'scores' | 'questions'>[]): Scores {
  const questions = all.reduce((sum, one) => sum + one.questions, 0);
  const entries = METRICS.map((metric) => {
    const sum = all.reduce((so, one) => so + one.questions * (one.scores[metric] ?? NaN), 0);
    return [metric, Number.isNaN(sum) ? null : sum / questions];
  });
  return Object.fromEntries(entries) as Scores;
}
