/**
 * Lanes: what a model sees, wears and is told, and the answers that come of it.
 * Refuses to know: which engine writes, where documents are stored, how answers are shown.
 */
import type { Worn } from '../adapters/adapter';
import type { Chunk } from '../documents/document';
import type { LabError } from '../errors';
import type { Message, Sampling, Usage } from '../generation/engine';
import type { PromptPart } from '../generation/prompt';
import type { Question, Verdict } from '../questions/question';
import type { NoiseKind } from '../retrieval/noise';
import type { Made } from '../retrieval/noise/made';
import type { EvidencePlace } from '../retrieval/noise/places';
import type { Hit, Retriever } from '../retrieval/retriever';
import type { Filter } from '../retrieval/settings';

/** `scope`: of these documents alone; without one, of those that the library is set to search. */
export type Sees =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly passages: number; readonly scope?: Filter }
  | {
      readonly kind: 'noisy';
      readonly passages: number;
      /** How many distractors, unless `rate` is given. */
      readonly noise: number;
      readonly noiseKinds: readonly NoiseKind[];
      /** The share of noise among all passages, below 1; `noise` follows from it. */
      readonly rate?: number;
      /** Where the passages with the answer stand; where the seed puts them unless given. */
      readonly evidence?: EvidencePlace;
      /** The passages with the answer are left out, and the next best hits take their places. */
      readonly withoutEvidence?: true;
      /** The bench's seed unless given. */
      readonly noiseSeed?: number;
      readonly scope?: Filter;
    }
  | { readonly kind: 'whole'; readonly scope?: Filter }
  | { readonly kind: 'gold' };

export type Noisy = Extract<Sees, { kind: 'noisy' }>;

/** One column of the comparison. `told` is system text; empty = none. */
export interface Lane {
  readonly id: string;
  readonly name: string;
  readonly sees: Sees;
  readonly wears: readonly Worn[];
  readonly told: string;
  /** Empty is the lab's default. */
  readonly modelId: string;
  readonly sampling: Sampling;
}

/** A chunk, or a text made from one, as a lane shows it to the model. */
export interface Passage {
  readonly chunk: Chunk | Made;
  readonly hit: Hit | null;
  /** null for what retrieval found; `checked` = the known answer was looked for in it and not found. */
  readonly noise: { readonly kind: NoiseKind; readonly checked: boolean } | null;
  /** Offsets into `chunk.text` of the sentence or value that answers; null when unknown or not there. */
  readonly answerSpan: { readonly start: number; readonly end: number } | null;
}

/** What the model is shown. */
export interface Briefing {
  readonly messages: readonly Message[];
  readonly parts: readonly PromptPart[];
  readonly passages: readonly Passage[];
  /** Time spent finding the passages; null when nothing was searched. */
  readonly retrievalMs: number | null;
  /** Of a lane with noise. */
  readonly noise?: NoiseReport;
  /** Of a lane that sees whole documents. */
  readonly book?: BookReport;
}

export interface NoiseReport {
  readonly asked: number;
  readonly shown: number;
  /** Candidates that held the answer and gave way to others. */
  readonly replaced: number;
  /** Retrieved passages left out because they hold the answer. */
  readonly leftOut: number;
}

/** Whole documents against the window of the model. Tokens are null where nobody can count them. */
export interface BookReport {
  readonly chunks: number;
  readonly tokens: number | null;
  /** Null where it is not known. */
  readonly window: number | null;
  /** What did not fit, from the end of the book. */
  readonly cut: { readonly chunks: number; readonly tokens: number } | null;
}

/** What a strategy may look at. One bench serves all lanes of one Ask, and remembers searches (`openBench`). */
export interface Bench {
  readonly question: Question;
  readonly retriever: Retriever;
  readonly seed: number;
  /**
   * Noise is chosen for at least so many distractors, of which a lane shows the first: lanes with less noise then show
   * a part of what lanes with more do.
   */
  readonly noisePool?: number;
  readonly signal: AbortSignal;
  /** Does `work` once per `key` for all lanes that ask for it; `ms` is what that one time took. */
  once<T>(key: string, work: () => Promise<T>): Promise<{ value: T; ms: number }>;
}

/** A way to brief: it decides only what the model is shown. Throws `no-evidence` when it cannot. */
export interface Strategy<S extends Sees = Sees> {
  readonly kind: S['kind'];
  readonly label: string;
  brief(sees: S, told: string, bench: Bench): Promise<Briefing>;
}

/** `[n]` in an answer: offsets of the mark in the text and the index into the briefing's passages; null when no such passage was shown. */
export interface Citation {
  readonly start: number;
  readonly end: number;
  readonly passage: number | null;
}

export type Outcome =
  | {
      readonly kind: 'answered';
      readonly stoppedBy: 'end' | 'length';
      readonly usage: Usage;
      readonly tokens: readonly number[] | null;
      /** It was written before, for an equal prompt with equal settings; `usage` is of that time. */
      readonly fromCache?: true;
    }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: LabError };

export interface Answer {
  readonly laneId: string;
  readonly text: string;
  readonly briefing: Briefing | null;
  /** Tokens of each of the briefing's parts, in order; null until counted, and where the engine cannot count. */
  readonly partTokens: readonly number[] | null;
  readonly citations: readonly Citation[];
  /** null without a known answer or without an answer. */
  readonly verdict: Verdict | null;
  readonly outcome: Outcome;
}

export type CompareEvent =
  /** The lane's model is not held beside another's: there is no memory for both. It is asked after `behind`, a label. */
  | { readonly kind: 'waiting'; readonly laneId: string; readonly because: 'memory'; readonly behind: string }
  | {
      readonly kind: 'briefed';
      readonly laneId: string;
      readonly briefing: Briefing;
      readonly partTokens: readonly number[] | null;
    }
  | { readonly kind: 'started'; readonly laneId: string }
  | { readonly kind: 'text'; readonly laneId: string; readonly text: string }
  | { readonly kind: 'answered'; readonly laneId: string; readonly answer: Answer };
